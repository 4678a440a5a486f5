import type { audit, challenge, risk, session } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import type { Clock } from '@countersign/kernel';
import type { JwksCache, KeyStore } from '@countersign/keys';
import type { Logger, RpcClient, ServiceMetrics } from '@countersign/platform';
import type { SnapshotStore } from '@countersign/service-base';
import type { AnchorSets } from '@countersign/webauthn';
import type { Journal } from './events/journal.js';
import type { Models } from './flows/models.js';
import type { CredentialFinder } from './store/credential-finder.js';
import type { CredentialStore } from './store/credential-store.js';
import type { DeviceEndings } from './store/device-endings.js';
import type { ErasureStore } from './store/erasure-store.js';
import type { JudgementStore } from './store/judgement-store.js';
import type { KeyedHashes } from './store/keyed-hashes.js';
import type { People } from './store/people.js';
import type { PersonKeys } from './store/person-keys.js';
import type { PolicyDevices } from './store/policy-devices.js';
import type { SubjectStore } from './store/subject-store.js';
import type { TrustStore } from './store/trust-store.js';
import type { TicketStore } from './store/ticket-store.js';

/** What the flows of this service are made of. */
export interface Parts {
  database: Database;
  snapshots: Pick<SnapshotStore, 'byTenant' | 'bySlug' | 'byClient' | 'all'>;
  keys: PersonKeys;
  /** Wraps and unwraps under `kek`. */
  keyStore: KeyStore;
  hashes: KeyedHashes;
  journal: Journal;
  people: People;
  subjects: SubjectStore;
  tickets: TicketStore;
  credentials: CredentialStore;
  finder: CredentialFinder;
  policyDevices: PolicyDevices;
  models: Models;
  judgements: JudgementStore;
  trusts: TrustStore;
  /** Trust anchors that a policy can name. */
  anchorSets: AnchorSets;
  endings: DeviceEndings;
  erasures: ErasureStore;
  challenges: RpcClient<Pick<typeof challenge.ChallengeServiceService, 'issue' | 'redeem'>>;
  sessions: RpcClient<Pick<typeof session.SessionServiceService, 'endDevice' | 'exportSessions'>>;
  histories: RpcClient<Pick<typeof risk.RiskServiceService, 'exportHistory'>>;
  records: RpcClient<Pick<typeof audit.AuditServiceService, 'exportEvents'>>;
  /** Session's keys, which sign grants. */
  grantKeys: Pick<JwksCache, 'key'>;
  metrics: ServiceMetrics;
  log: Logger;
  clock: Clock;
}
