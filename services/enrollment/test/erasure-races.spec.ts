import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { uuidv7, type ActionDocument } from '@countersign/kernel';
import { SoftAuthenticator, foreignCredential } from '@countersign/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { JudgementStore } from '../src/store/judgement-store.js';
import { TrustStore } from '../src/store/trust-store.js';
import { Bank, ORIGIN, type Customer } from './bank.js';

const SCOPE = { scope: 'subjects:erase' };

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank.stop());

const erase = async (subject: string) => (await bank.asServer('eraseSubject', { subject, tenant: '' }, SCOPE)).erasure!;

/**
 * What became of something begun while an erasure is under way: `done`, or the code.
 *
 * @param until what the erasure has come to by then: it locks the person first, and in the end has deleted everything
 */
async function duringErasure(
  subject: string,
  act: () => Promise<unknown>,
  until: 'person locked' | 'all deleted' = 'all deleted',
): Promise<string> {
  const { tenant } = bank.tenant;
  return withClient(bank.installation.database.url('enrollment'), async (client) => {
    const eraseAll = () => client.query('select erase_person($1, $2, $3)', [tenant, subject, randomUUID()]);
    await client.query('begin');
    await client.query(`select set_config('app.tenant', $1, true)`, [tenant]);
    await client.query('select from subject where id = $1 for update', [subject]);
    if (until === 'all deleted') await eraseAll();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const outcome = outcomeOf(act());
    await untilSomebodyWaits(outcome, rows[0]!.pid);
    if (until === 'person locked') await eraseAll();
    await client.query('commit');
    return outcome;
  });
}

const outcomeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: unknown) => String((error as { code?: unknown }).code),
  );

/** For a lock that this connection holds: consumers and relays wait for each other, too. What ended before did not wait. */
async function untilSomebodyWaits(outcome: Promise<string>, pid: number): Promise<void> {
  let over = false;
  void outcome.then(() => (over = true));
  for (;;) {
    const waiting = await bank.rows('select from pg_stat_activity a where $1 = any (pg_blocking_pids(a.pid))', [pid]);
    if (waiting.length > 0) return;
    if (over) throw new Error(`nothing waited: ${await outcome}`);
    await sleep(5);
  }
}

/** A ceremony of which only the last call is missing. */
async function almostEnrolled() {
  const { subject } = await bank.subject();
  const binding = await bank.binding(subject);
  const answer = new SoftAuthenticator().register(await bank.options(binding), { origin: ORIGIN });
  return { subject, complete: () => bank.complete(binding, answer) };
}

async function almostAdded(who: Customer): Promise<() => Promise<unknown>> {
  const grant = await bank.grant(who, { name: 'authenticator.add', parameters: {} });
  const { options } = await bank.asPerson(who, 'beginWithGrant', { grant, origin: undefined });
  const answer = new SoftAuthenticator().register(JSON.parse(options), { origin: ORIGIN });
  const completed = { credential: JSON.stringify(answer), name: '', origin: undefined };
  return () => bank.asPerson(who, 'completeWithGrant', completed);
}

const guarded =
  (name: ActionDocument['name'], method: 'resumeCredential' | 'revokeCredential') => async (who: Customer) => {
    const grant = await bank.grant(who, { name, parameters: { id: who.device } });
    return () => bank.asPerson(who, method, { id: who.device, grant });
  };

describe('what is written about a person in the instant of their erasure', () => {
  test.each(['person locked', 'all deleted'] as const)(
    'BCB-10.erase · an enrollment by ticket is refused as one whose ticket is gone: %s',
    async (until) => {
      const { subject, complete } = await almostEnrolled();
      expect(await duringErasure(subject, complete, until)).toBe('enrollment_binding_refused');
      const [refusal] = (await bank.events('credential.refused')).slice(-1);
      expect(refusal).toMatchObject({ code: 'enrollment_binding_refused', clause: 'R4' });
    },
  );

  test('BCB-10.erase · so is a further device, before any of them is locked', async () => {
    const who = await bank.customer();
    expect(await duringErasure(who.subject, await almostAdded(who), 'person locked')).toBe('grant_refused');
  });

  test.each<[string, string, (who: Customer) => Promise<() => Promise<unknown>>]>([
    ['a further device', 'grant_refused', almostAdded],
    [
      'a ticket',
      'not_found',
      async ({ subject }) =>
        () =>
          bank.asServer('issueTicket', { subject, withPin: false, tenant: '' }),
    ],
    [
      'a new name of a device',
      'not_found',
      async (who) => () => bank.asPerson(who, 'renameCredential', { id: who.device, name: 'new' }),
    ],
    ['a suspension', 'not_found', async (who) => () => bank.asPerson(who, 'suspendCredential', { id: who.device })],
    ['a removal', 'not_found', guarded('authenticator.remove', 'revokeCredential')],
    [
      'a sign-in that counts',
      'done',
      async ({ device }) =>
        () =>
          bank.verification.recordUse(
            { tenant: bank.tenant.tenant, id: device, counter: 9, backupState: false },
            bank.call(),
          ),
    ],
    [
      'the same erasure',
      'done',
      async ({ subject }) =>
        () =>
          erase(subject),
    ],
  ])('BCB-10.erase · %s: %s', async (_what, code, prepare) => {
    const who = await bank.customer();
    const act = await prepare(who);
    expect(await duringErasure(who.subject, act)).toBe(code);
    expect(await bank.rows('select from enrollment.credential where subject = $1', [who.subject])).toEqual([]);
  });

  test.each(['', 'a key'])(
    'BCB-10.erase · the same reference makes another person, with the idempotency key "%s"',
    async (idempotencyKey) => {
      const { subject, reference } = await bank.subject();
      let made: string | undefined;
      const again = async () => {
        const request = { reference, displayName: 'Ada', idempotencyKey: idempotencyKey && uuidv7(), tenant: '' };
        made = (await bank.asServer('createSubject', request)).subject;
      };
      expect(await duringErasure(subject, again)).toBe('done');
      expect(made).not.toBe(subject);
      expect(await bank.asServer('getSubject', { subject: made! })).toMatchObject({ reference });
    },
  );

  test('BCB-10.erase · an imported passkey makes another person', async () => {
    const { subject, reference } = await bank.subject();
    const { line } = foreignCredential({ reference, userHandle: undefined });
    const cli = bank.installation.client('cli', enrollment.EnrollmentServiceService);
    const request = { tenant: bank.tenant.slug, lines: [JSON.stringify(line)], dryRun: false };
    expect(await duringErasure(subject, () => cli.importCredentials(request, bank.call()))).toBe('done');
    const by = { $case: 'credentialId', value: line.credentialId } as const;
    const found = await bank.verification.getCredentials({ tenant: bank.tenant.tenant, by }, bank.call());
    expect(['', subject]).not.toContain(found.subject);
  });

  test('BCB-10.erase · whoever comes first, both end, and nobody is left half', async () => {
    for (let round = 0; round < 12; round += 1) {
      const { subject, complete } = await almostEnrolled();
      const enrolled = outcomeOf(complete());
      await sleep(round);
      expect(await outcomeOf(erase(subject))).toBe('done');
      const outcome = await enrolled;
      // `not_found`: enrolled, and erased before the answer was put together.
      expect(['done', 'not_found', 'enrollment_binding_refused']).toContain(outcome);
      expect(await bank.rows('select from enrollment.credential where subject = $1', [subject])).toEqual([]);
    }
  });

  test('BCB-10.erase · what judges devices passes over one that was erased since', async () => {
    const database = bank.installation.database.open('enrollment', 1);
    const [judgements, trusts] = [new JudgementStore(database), new TrustStore(database)];
    const [turn, gone] = [{ tenant: randomUUID(), holder: randomUUID() }, randomUUID()];
    const knowledge = { fingerprints: [], no: 1, statusNo: null, snapshotVersion: 1, day: '2026-11-22' };
    expect(await judgements.claim(turn, knowledge)).toBe('claimed');
    const ground = { code: 'model_status_refused', detail: 'REVOKED', action: 'suspended' } as const;
    const event = { eventId: uuidv7(), type: 'credential.suspended', leaf: Buffer.from('{}') };
    expect(await judgements.condemn(turn, 1, ground, [{ device: gone, ...event }])).toBe(0);
    const paths = [{ format: 'packed', anchor: 'ab', certificates: [{ serial: '01', key: 'cd' }] }];
    await trusts.settle(turn, [{ id: gone, trust: 'anchored', keyIdentifier: '', anchors: 'packed:ab', paths }]);
    expect(await bank.rows('select from enrollment.device_finding where credential = $1', [gone])).toEqual([]);
    expect(await bank.rows('select from enrollment.attestation_certificate where credential = $1', [gone])).toEqual([]);
  });
});
