import { audit, challenge, enrollment, risk, session } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import type { KeyStore } from '@countersign/keys';
import { baseSettings, describeService, type ServiceRuntime } from '@countersign/platform';
import { keySettings, openKeys, openServiceBase, type ServiceBase } from '@countersign/service-base';
import { anchorSettings, openAnchorSets } from './anchor-settings.js';
import { HeldStatuses } from './android-status/held-statuses.js';
import { androidStatusOrigin, androidStatusSettings } from './android-status/settings.js';
import { enrollmentModule } from './enrollment.module.js';
import { Journal } from './events/journal.js';
import { KEYS_REFRESH_SECONDS } from './domain/rewrap.js';
import { Confirmations } from './events/confirmations.js';
import { learnLastUse } from './events/last-use.js';
import { ErasureWork } from './flows/erasure/erasure-work.js';
import { Fleet } from './flows/fleet.js';
import { KeptTrust } from './flows/kept-trust.js';
import { Models } from './flows/models.js';
import { SessionEnding } from './flows/session-ending.js';
import { followMetadata } from './metadata/follow.js';
import { HeldMetadata } from './metadata/held-metadata.js';
import { metadataOrigin, metadataSettings } from './metadata/settings.js';
import type { Parts } from './parts.js';
import { AndroidStatusStore } from './store/android-status-store.js';
import { CredentialFinder } from './store/credential-finder.js';
import { CredentialStore } from './store/credential-store.js';
import { DeviceEndings } from './store/device-endings.js';
import { ErasureStore } from './store/erasure-store.js';
import { JudgementStore } from './store/judgement-store.js';
import { openKeyedHashes } from './store/keyed-hashes.js';
import { MetadataStore } from './store/metadata-store.js';
import { People } from './store/people.js';
import { PersonKeys } from './store/person-keys.js';
import { PolicyDevices } from './store/policy-devices.js';
import { SubjectStore } from './store/subject-store.js';
import { TicketStore } from './store/ticket-store.js';
import { TrustStore } from './store/trust-store.js';

const SWEEP = { name: 'sweep', text: 'select sweep()' };
const SWEEP_EVERY_MS = 60_000;
const END_DEVICES_EVERY_MS = 2_000;
const COMPLETE_ERASURES_EVERY_MS = 2_000;

export const service = describeService({
  name: 'enrollment',
  settings: baseSettings
    .extend(keySettings)
    .extend(metadataSettings)
    .extend(androidStatusSettings)
    .extend(anchorSettings),
  definitions: [enrollment.EnrollmentServiceService],
  module: async (runtime) => {
    const origin = metadataOrigin(runtime.settings);
    const base = await openServiceBase(runtime);
    const store = await openKeys(runtime.settings, base.database);
    await store.create('kek', 'wrap');
    const metadata = new MetadataStore(base.database);
    const held = new HeldMetadata(metadata, systemClock, runtime.metrics, runtime.log);
    const statusOrigin = androidStatusOrigin(runtime.settings);
    const statusStore = new AndroidStatusStore(base.database);
    const statuses = new HeldStatuses(
      statusOrigin !== undefined,
      statusStore,
      systemClock,
      runtime.metrics,
      runtime.log,
    );
    if (!statusOrigin) runtime.log.info('android_status.not_configured');
    const anchorSets = openAnchorSets(runtime.settings);
    const models = new Models(held, systemClock, statuses);
    const parts = { ...(await assemble(runtime, base, store)), models, anchorSets };
    const ending = new SessionEnding(parts);
    await base.every(SWEEP_EVERY_MS, async () => void (await base.database.query(SWEEP)));
    await base.every(END_DEVICES_EVERY_MS, () => ending.work());
    const unopened = (tenant: string, error: unknown): void =>
      runtime.log.error('tenant_keys.not_opened', { service: 'enrollment', tenant, error });
    await base.every(KEYS_REFRESH_SECONDS * 1_000, () => parts.keys.refresh(unopened));
    const erasing = new ErasureWork(parts);
    await base.every(COMPLETE_ERASURES_EVERY_MS, () => erasing.complete());
    await base.every(SWEEP_EVERY_MS, () => erasing.watch());
    const kept = new KeptTrust(parts);
    const fleet = new Fleet({ ...parts, snapshots: base.snapshots, held, statuses, kept });
    await followMetadata(runtime, base, {
      origin,
      store: metadata,
      held,
      fleet,
      clock: systemClock,
      android: { origin: statusOrigin, store: statusStore, held: statuses },
    });
    const confirmations = new Confirmations(parts.erasures);
    const reading = [
      learnLastUse(base.bus, base.database, runtime.log, confirmations),
      ...confirmations.follow(base.bus, base.database, runtime.log),
    ];
    runtime.onStop(async () => void (await Promise.all(reading.map((each) => each.stop()))));
    return enrollmentModule(parts, ending);
  },
});

async function assemble(
  runtime: ServiceRuntime,
  base: ServiceBase,
  store: KeyStore,
): Promise<Omit<Parts, 'anchorSets' | 'models'>> {
  const { database, snapshots } = base;
  const keys = new PersonKeys(database, store);
  return {
    database,
    snapshots,
    keys,
    keyStore: store,
    hashes: await openKeyedHashes(database, store),
    journal: new Journal(database, keys, base.wake),
    people: new People(database),
    subjects: new SubjectStore(),
    tickets: new TicketStore(database),
    credentials: new CredentialStore(database),
    finder: new CredentialFinder(database),
    policyDevices: new PolicyDevices(database),
    judgements: new JudgementStore(database),
    trusts: new TrustStore(database),
    endings: new DeviceEndings(database),
    erasures: new ErasureStore(),
    challenges: runtime.client(challenge.ChallengeServiceService),
    sessions: runtime.client(session.SessionServiceService),
    histories: runtime.client(risk.RiskServiceService),
    records: runtime.client(audit.AuditServiceService),
    grantKeys: { key: (kid) => runtime.callerKeys.key(kid) },
    metrics: runtime.metrics,
    log: runtime.log,
    clock: systemClock,
  };
}
