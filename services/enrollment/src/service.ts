import { challenge, enrollment, session } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import type { KeyStore } from '@countersign/keys';
import { baseSettings, describeService, type ServiceRuntime } from '@countersign/platform';
import { keySettings, openKeys, openServiceBase, type ServiceBase } from '@countersign/service-base';
import { anchorSettings, openAnchorSets } from './anchor-settings.js';
import { enrollmentModule } from './enrollment.module.js';
import { Journal } from './events/journal.js';
import { learnLastUse } from './events/last-use.js';
import { Fleet } from './flows/fleet.js';
import { Models } from './flows/models.js';
import { SessionEnding } from './flows/session-ending.js';
import { followMetadata } from './metadata/follow.js';
import { HeldMetadata } from './metadata/held-metadata.js';
import { metadataOrigin, metadataSettings } from './metadata/settings.js';
import type { Parts } from './parts.js';
import { CredentialFinder } from './store/credential-finder.js';
import { CredentialStore } from './store/credential-store.js';
import { DeviceEndings } from './store/device-endings.js';
import { JudgementStore } from './store/judgement-store.js';
import { openKeyedHashes } from './store/keyed-hashes.js';
import { MetadataStore } from './store/metadata-store.js';
import { People } from './store/people.js';
import { PersonKeys } from './store/person-keys.js';
import { PolicyDevices } from './store/policy-devices.js';
import { SubjectStore } from './store/subject-store.js';
import { TicketStore } from './store/ticket-store.js';

const SWEEP = { name: 'sweep', text: 'select sweep()' };
const SWEEP_EVERY_MS = 60_000;
const END_DEVICES_EVERY_MS = 2_000;

export const service = describeService({
  name: 'enrollment',
  settings: baseSettings.extend(keySettings).extend(metadataSettings).extend(anchorSettings),
  definitions: [enrollment.EnrollmentServiceService],
  module: async (runtime) => {
    const origin = metadataOrigin(runtime.settings);
    const base = await openServiceBase(runtime);
    const store = openKeys(runtime.settings);
    await store.create('kek', 'wrap');
    const metadata = new MetadataStore(base.database);
    const held = new HeldMetadata(metadata, systemClock, runtime.metrics, runtime.log);
    const anchorSets = openAnchorSets(runtime.settings);
    const parts = { ...(await assemble(runtime, base, store, held)), anchorSets };
    const ending = new SessionEnding(parts);
    await base.every(SWEEP_EVERY_MS, async () => void (await base.database.query(SWEEP)));
    await base.every(END_DEVICES_EVERY_MS, () => ending.work());
    const fleet = new Fleet({ ...parts, snapshots: base.snapshots, held });
    await followMetadata(runtime, base, { origin, store: metadata, held, fleet, clock: systemClock });
    const uses = learnLastUse(base.bus, base.database, runtime.log);
    runtime.onStop(() => uses.stop());
    return enrollmentModule(parts, ending);
  },
});

async function assemble(
  runtime: ServiceRuntime,
  base: ServiceBase,
  store: KeyStore,
  held: HeldMetadata,
): Promise<Omit<Parts, 'anchorSets'>> {
  const { database, snapshots } = base;
  const keys = new PersonKeys(database, store);
  return {
    database,
    snapshots,
    keys,
    hashes: await openKeyedHashes(database, store),
    journal: new Journal(database, keys, base.wake),
    people: new People(database),
    subjects: new SubjectStore(),
    tickets: new TicketStore(database),
    credentials: new CredentialStore(database),
    finder: new CredentialFinder(database),
    policyDevices: new PolicyDevices(database),
    models: new Models(held, systemClock),
    judgements: new JudgementStore(database),
    endings: new DeviceEndings(database),
    challenges: runtime.client(challenge.ChallengeServiceService),
    sessions: runtime.client(session.SessionServiceService),
    grantKeys: { key: (kid) => runtime.callerKeys.key(kid) },
    metrics: runtime.metrics,
    log: runtime.log,
    clock: systemClock,
  };
}
