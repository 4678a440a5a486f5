import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Database } from '@countersign/database';
import { MetadataIndex } from '@countersign/metadata';
import { ServiceMetrics, createLog } from '@countersign/platform';
import { parsePolicy, type TenantSnapshot } from '@countersign/policy';
import { Fleet } from '../src/flows/fleet.js';
import { KeptTrust } from '../src/flows/kept-trust.js';
import { Models } from '../src/flows/models.js';
import { JudgementStore, type Condemned, type Ground, type Turn } from '../src/store/judgement-store.js';
import { HeldMetadata } from '../src/metadata/held-metadata.js';
import { Journal } from '../src/events/journal.js';
import type { PersonKeys } from '../src/store/person-keys.js';
import { TrustStore } from '../src/store/trust-store.js';
import { Bank, type Customer } from './bank.js';

/** More than two pages. */
const DEVICES = 1_100;
const running = (): AbortSignal => new AbortController().signal;

let bank: Bank;
let pools: Database[];
let ada: Customer;
let aaguid: string;
let snapshot: TenantSnapshot;
let now: Date;
beforeAll(async () => {
  bank = await Bank.open();
  pools = [bank.installation.database.open('enrollment', 3), bank.installation.database.open('enrollment', 3)];
}, 60_000);
afterAll(() => bank.stop());

/** A tenant of its own that the running service does not know, so that it judges nothing of it. */
beforeEach(async () => {
  now = new Date();
  aaguid = randomUUID();
  ada = await bank.customer({ aaguid });
  snapshot = { ...bank.tenant, version: 1_000 + Math.floor(performance.now()), policy: denying([]) };
});

const denying = (deny: string[], more: object = {}) => parsePolicy({ metadata: { aaguids: { deny }, ...more } });
const revoked = () => indexOf(7, 'REVOKED');
const indexOf = (no: number, status: string) =>
  new MetadataIndex({
    no,
    nextUpdate: '2099-01-01',
    entries: [
      {
        aaguid,
        keyIdentifiers: [],
        statuses: [{ status }],
        ...{ description: '', attestationTypes: [], algorithms: [], keyProtection: [], roots: [] },
      },
    ],
  });

/** A process that judges, with a store of its own. */
class Judge {
  index = MetadataIndex.empty;
  /** Of the list of revoked Android keys; null: this process has no source of one. */
  statusNo: number | null = null;
  readonly fleet: Fleet;

  constructor(
    pool = pools[0]!,
    readonly judgements = new JudgementStore(pool),
  ) {
    const [metrics, log, clock] = [new ServiceMetrics(), createLog('silent'), { now: () => now }];
    const held = new HeldMetadata({ state: () => Promise.reject(new Error('unused')) }, clock, metrics, log);
    Object.defineProperty(held, 'current', { get: () => this.index });
    held.fingerprint = () => ({ text: this.index.fingerprint(now), day: now.toISOString().slice(0, 10) });
    const trusts = new TrustStore(pool);
    const models = new Models(held, clock, { current: undefined, isStale: () => false });
    const journal = new Journal(pool, {} as PersonKeys, () => undefined);
    this.fleet = new Fleet({
      snapshots: { all: () => [snapshot].values() },
      held,
      statuses: Object.defineProperty({ current: undefined, no: null }, 'no', { get: () => this.statusNo }),
      kept: new KeptTrust({ models, anchorSets: new Map(), trusts }),
      trusts,
      judgements,
      journal,
      metrics,
      log,
      clock,
    });
  }

  work = (): Promise<void> => this.fleet.work(running());
}

/** Further devices of the same person and model, made by copying the first. */
const multiply = (count: number): Promise<unknown[]> =>
  bank.rows(
    `insert into enrollment.credential (id, tenant, subject, credential_id, credential_hash, public_key, algorithm, counter,
       backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format, attestation_trust,
       attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version)
     select gen_random_uuid(), tenant, subject, uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), public_key,
       algorithm, counter, backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format,
       attestation_trust, attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version
     from enrollment.credential, generate_series(1, $2) where id = $1`,
    [ada.device, count],
  );
const count = async (where: string): Promise<number> =>
  Number(
    (
      await bank.rows<{ n: bigint }>(`select count(*) as n from enrollment.credential where aaguid = $1 and ${where}`, [
        aaguid,
      ])
    )[0]!.n,
  );
const suspensions = async () =>
  (await bank.events('credential.suspended', ada.pseudonym)).map(({ credential }) => credential);
/** How often devices were suspended, all at once. */
const judgings = async (): Promise<number> =>
  (await bank.events('fleet.judged')).filter(({ facts }) => facts?.['action'] === 'suspended').length;
const timePasses = () => bank.rows(`update enrollment.metadata_judgement set until = '-infinity'`);

describe('BCB-6.metadata · judging a fleet', () => {
  test('every device of a condemned model is suspended once, with one event each, and none of another', async () => {
    await multiply(DEVICES);
    const judge = new Judge();
    judge.index = revoked();
    await judge.work();
    expect(await count(`state = 'suspended' and state_reason = 'metadata'`)).toBe(DEVICES + 1);
    const events = await suspensions();
    expect(events).toHaveLength(DEVICES + 1);
    expect(new Set(events).size).toBe(DEVICES + 1);
    expect(
      await bank.rows(`select from enrollment.credential where aaguid <> $1 and state_reason = 'metadata'`, [aaguid]),
    ).toEqual([]);
    await judge.work();
    await new Judge().work();
    expect(await suspensions()).toHaveLength(DEVICES + 1);
  });

  test('of two processes one works at a time, and together they say everything once', async () => {
    await multiply(DEVICES);
    const judgedBefore = await judgings();
    const judges = [new Judge(pools[0]), new Judge(pools[1])];
    for (const judge of judges) judge.index = revoked();
    await Promise.all(judges.map((judge) => judge.work()));
    expect(await count(`state = 'suspended'`)).toBe(DEVICES + 1);
    expect(await suspensions()).toHaveLength(DEVICES + 1);
    expect(await judgings()).toBe(judgedBefore + 1);
  });

  test('what a crash left half done another process finishes, when the turn is over and not before', async () => {
    await multiply(DEVICES);
    const crashing = new Judge(pools[0], new CrashingStore(pools[0]!));
    crashing.index = revoked();
    await crashing.work();
    const half = await count(`state = 'suspended'`);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(DEVICES + 1);
    const other = new Judge(pools[1]);
    other.index = revoked();
    await other.work();
    expect(await count(`state = 'suspended'`)).toBe(half);
    await timePasses();
    await other.work();
    expect(await count(`state = 'suspended'`)).toBe(DEVICES + 1);
    expect(await suspensions()).toHaveLength(DEVICES + 1);
  });

  test('a judge whose turn went to another writes nothing more', async () => {
    const store = new JudgementStore(pools[0]!);
    const turn: Turn = { tenant: snapshot.tenant, holder: randomUUID() };
    const by = {
      fingerprints: [randomUUID()],
      no: 99,
      statusNo: 0,
      snapshotVersion: snapshot.version,
      day: '2026-01-01',
    };
    await timePasses();
    await bank.rows(`update enrollment.metadata_judgement set no = 0, judged_on = '-infinity'`);
    expect(await store.claim(turn, by)).toBe('claimed');
    await timePasses();
    const ground: Ground = { code: 'model_status_refused', detail: 'REVOKED', action: 'suspended' };
    await expect(store.condemn(turn, 99, ground, [])).rejects.toMatchObject({ name: 'TurnLost' });
    await expect(store.acquit(turn, [ada.device])).rejects.toMatchObject({ name: 'TurnLost' });
    await expect(store.finish(turn, 'x')).rejects.toMatchObject({ name: 'TurnLost' });
    await bank.rows(`update enrollment.metadata_judgement set no = 0`);
  });

  test.each([
    ['an older list', (judge: Judge) => (judge.index = indexOf(6, 'FIDO_CERTIFIED'))],
    [
      'an older policy',
      (judge: Judge) => (
        (judge.index = revoked()),
        (snapshot = { ...snapshot, version: 1, policy: denying([], { refuse: [] }) })
      ),
    ],
    [
      'yesterday',
      (judge: Judge) => ((judge.index = indexOf(7, 'FIDO_CERTIFIED')), (now = new Date(now.getTime() - 86_400_000))),
    ],
  ])('a process that knows only %s stands back', async (_, forget) => {
    const judge = new Judge();
    judge.index = revoked();
    await judge.work();
    const behind = new Judge(pools[1]);
    forget(behind);
    await behind.work();
    const findings = await new JudgementStore(pools[0]!).findings(snapshot.tenant, undefined, 200);
    expect(findings.map(({ id }) => id)).toContain(ada.device);
  });

  test('a process that holds an older list of revoked Android keys stands back; one without any source does not', async () => {
    const judge = new Judge();
    [judge.statusNo, judge.index] = [5, indexOf(7, 'FIDO_CERTIFIED')];
    await judge.work();
    const behind = new Judge(pools[1]);
    [behind.statusNo, behind.index] = [4, revoked()];
    await behind.work();
    expect(await count(`state = 'active'`)).toBe(1);
    const without = new Judge(pools[1]);
    without.index = revoked();
    await without.work();
    expect(await count(`state = 'suspended'`)).toBe(1);
  });

  test('a device that was stored behind the judge’s back is found by a second look', async () => {
    const judge = new Judge();
    judge.index = revoked();
    await judge.work();
    await multiply(1);
    await bank.rows(
      `update enrollment.credential set state = 'active', state_reason = '' where aaguid = $1 and id <> $2`,
      [aaguid, ada.device],
    );
    await judge.work();
    expect(await count(`state = 'active'`)).toBe(1);
    now = new Date(now.getTime() + 21_000);
    await judge.work();
    expect(await count(`state = 'active'`)).toBe(0);
  });

  test('a status takes effect on its day, without a new list', async () => {
    const judge = new Judge();
    const tomorrow = new Date(now.getTime() + 86_400_000);
    const [entry] = [
      {
        aaguid,
        keyIdentifiers: [],
        description: '',
        attestationTypes: [],
        algorithms: [],
        keyProtection: [],
        roots: [],
      },
    ];
    const statuses = [{ status: 'REVOKED', effectiveDate: tomorrow.toISOString().slice(0, 10) }];
    judge.index = new MetadataIndex({ no: 8, nextUpdate: '2099-01-01', entries: [{ ...entry!, statuses }] });
    await judge.work();
    expect(await count(`state = 'active'`)).toBe(1);
    now = tomorrow;
    await judge.work();
    expect(await count(`state = 'suspended'`)).toBe(1);
  });

  test.each([
    ['model_status_refused', 'active'],
    ['attestation_revoked', 'suspended'],
  ])(
    'without a list of revoked keys, a device condemned for %s that nothing condemns now is %s',
    async (code, state) => {
      await bank.rows(`update enrollment.metadata_judgement set no = 0, judged_on = '-infinity'`);
      const judge = new Judge();
      judge.index = revoked();
      await judge.work();
      expect(await count(`state = 'suspended'`)).toBe(1);
      await bank.rows('update enrollment.device_finding set code = $2 where credential = $1', [ada.device, code]);
      judge.index = indexOf(8, 'FIDO_CERTIFIED');
      await judge.work();
      expect(await count(`state = '${state}'`)).toBe(1);
      expect(await bank.rows('select from enrollment.device_finding where credential = $1', [ada.device])).toEqual([]);
    },
  );

  test('devices are not judged by a list that is not there', async () => {
    snapshot = {
      ...snapshot,
      policy: denying([randomUUID()], { required: true, leastCertification: 'FIDO_CERTIFIED_L1' }),
    };
    await bank.rows(`update enrollment.metadata_judgement set no = 0, judged_on = '-infinity'`);
    await new Judge().work();
    expect(await count(`state = 'active'`)).toBe(1);
  });

  test('R21 · where nothing changed, nothing is asked of the database', async () => {
    const judge = new Judge();
    judge.index = revoked();
    await judge.work();
    now = new Date(now.getTime() + 21_000);
    await judge.work();
    const before = pools[0]!.counters.statements;
    for (let round = 0; round < 5; round += 1) await judge.work();
    expect(pools[0]!.counters.statements).toBe(before);
  });

  test('the devices of a model are read by their index, however many others there are', async () => {
    await multiply(DEVICES);
    await bank.rows('analyze enrollment.credential');
    const plan = JSON.stringify(
      await bank.rows(
        `explain (format json) select id from enrollment.credential where tenant = $1 and aaguid = $2 and attestation_key = ''
          and attestation_trust = 'none' and id > $3 order by id limit 500`,
        [snapshot.tenant, aaguid, randomUUID()],
      ),
    );
    expect(plan).toContain('credential_model');
    expect(plan).not.toContain('Seq Scan');
  });
});

/** Ends as a killed process does: after the second page, without giving anything back. */
class CrashingStore extends JudgementStore {
  private pages = 0;

  override condemn(turn: Turn, no: number, ground: Ground, devices: readonly Condemned[]): Promise<number> {
    this.pages += 1;
    return this.pages > 2 ? Promise.reject(new Error('killed')) : super.condemn(turn, no, ground, devices);
  }
}
