import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { challenge } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import { InProcessNetwork, type RpcClient } from '@countersign/platform';
import { TestInstallation } from '@countersign/service-testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { service } from '../src/index.js';

const { AUTHENTICATION, REGISTRATION } = challenge.Purpose;
const tenant = uuidv7();
const ordinary = {
  tenant,
  purpose: AUTHENTICATION,
  clientId: 'web',
  subject: '',
  context: Buffer.from('context'),
  ttlSeconds: 60,
};

let installation: TestInstallation;
let first: RpcClient<typeof challenge.ChallengeServiceService>;
let second: RpcClient<typeof challenge.ChallengeServiceService>;

beforeAll(async () => {
  installation = await TestInstallation.open(['challenge']);
  const other = new InProcessNetwork();
  await installation.start(service);
  await installation.start(service, {}, other);
  first = installation.client('verification', challenge.ChallengeServiceService);
  second = installation.client('verification', challenge.ChallengeServiceService, other);
});
afterAll(() => installation.stop());

const redeem = (
  seal: Buffer,
  by = first,
  target: Partial<challenge.RedeemRequest> = {},
): Promise<challenge.RedeemResponse> =>
  by.redeem({ tenant, purpose: AUTHENTICATION, clientId: 'web', seal, ...target }, installation.call());
const issue = async (changes: Partial<challenge.IssueRequest> = {}): Promise<Buffer> =>
  (await first.issue({ ...ordinary, ...changes }, installation.call())).seal;

describe('a challenge', () => {
  test('comes back with what was sealed, on another replica too', async () => {
    const subject = uuidv7();
    const spent = await redeem(await issue({ subject }), second);
    expect(spent).toMatchObject({ subject, context: Buffer.from('context') });
    expect(spent.challengeId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('R1 · is spent once: the second presentation is refused and recorded', async () => {
    const seal = await issue();
    await redeem(seal);
    await expect(redeem(seal, second)).rejects.toMatchObject({ code: 'challenge_spent' });
    const events = await installation.events('challenge');
    expect(events.at(-1)).toMatchObject({
      type: 'challenge.refused',
      outcome: 'refused',
      code: 'challenge_spent',
      tenant,
    });
  });

  test('R1 · of 64 parallel presentations to two replicas exactly one wins, in each of 20 rounds', async () => {
    for (let round = 0; round < 20; round++) {
      const seal = await issue();
      const tries = Array.from({ length: 64 }, (_, i) => redeem(seal, i % 2 ? first : second));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test.each([
    ['another tenant', { tenant: uuidv7() }],
    ['another purpose', { purpose: REGISTRATION }],
    ['another client', { clientId: 'other' }],
  ])('of one tenant, purpose and client does not open for %s, and stays unspent', async (_, target) => {
    const seal = await issue();
    await expect(redeem(seal, first, target)).rejects.toMatchObject({ code: 'challenge_spent' });
    await expect(redeem(seal)).resolves.toBeDefined();
  });

  test('expires by the clock of the database', async () => {
    const seal = await issue({ ttlSeconds: 1 });
    await sleep(1_100);
    await expect(redeem(seal)).rejects.toMatchObject({ code: 'challenge_expired' });
  });

  test('is refused as spent when a single bit of it differs', async () => {
    const seal = await issue();
    for (const at of [0, 7, 20, seal.length - 1]) {
      const changed = Buffer.from(seal);
      changed[at]! ^= 1;
      await expect(redeem(changed)).rejects.toMatchObject({ code: 'challenge_spent' });
    }
  });

  test('of 513 bytes is refused unread, and a context of 257 bytes is not sealed', async () => {
    await expect(redeem(Buffer.alloc(513))).rejects.toMatchObject({ code: 'challenge_spent' });
    await expect(issue({ context: Buffer.alloc(257) })).rejects.toMatchObject({ code: 'request_invalid' });
  });

  test('with the longest context still fits the 512 bytes a client may return', async () => {
    expect((await issue({ context: Buffer.alloc(256) })).length).toBeLessThanOrEqual(512);
  });

  test('BCB-9.allowlist · is issued and redeemed for listed callers only, and a refused call is recorded', async () => {
    const gateway = installation.client('gateway', challenge.ChallengeServiceService);
    await expect(gateway.issue(ordinary, installation.call())).rejects.toMatchObject({ code: 'call_refused' });
    // Nobody waits for the record: the refused caller has its answer before.
    const refusals = async () => (await installation.events('challenge')).filter(({ type }) => type === 'call.refused');
    for (const end = Date.now() + 10_000; (await refusals()).length === 0 && Date.now() < end;) await sleep(20);
    expect((await refusals()).at(-1)).toMatchObject({
      type: 'call.refused',
      code: 'call_refused',
      facts: { caller: 'gateway' },
    });
  });
});
