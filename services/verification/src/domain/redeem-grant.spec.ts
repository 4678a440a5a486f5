import { describe, expect, test } from '@jest/globals';
import { ACTION, CAUSE, NOW, POLICY, World, codeOf } from './fake-world.js';
import type { BoundAction, Grant } from '../ports.js';
import { redeemGrant } from './redeem-grant.js';

const GRANT: Grant = {
  jti: 'jti',
  subject: 'subject-ann',
  pseudonym: 'p_ann',
  session: 'session',
  clientId: 'web',
  credential: 'record-key',
  action: ACTION,
  acr: 'phr',
  authTime: NOW - 30,
  expiresAt: NOW + 30,
};

const redeem = (world: World, grant: Partial<Grant> = {}, action: BoundAction = ACTION) => {
  const jws = world.signed('jws', { ...GRANT, ...grant });
  return redeemGrant(world, { tenant: 'tenant', clientId: 'server', grant: jws, action }, CAUSE);
};

describe('BCB-3.grant · redeeming', () => {
  test('a grant for exactly this action is good once', async () => {
    const world = new World();
    expect(await redeem(world)).toMatchObject({ subject: 'subject-ann', session: 'session', authTime: NOW - 30 });
    expect(await codeOf(redeem(world))).toBe('grant_refused');
    expect(world.refusal).toMatchObject({
      type: 'grant.refused',
      facts: { reason: 'spent', grant: 'jti' },
      pseudonym: 'p_ann',
    });
  });

  test('what session did not sign is refused, and names nobody', async () => {
    const world = new World();
    const forged = redeemGrant(world, { tenant: 'tenant', clientId: 'server', grant: 'x', action: ACTION }, CAUSE);
    expect(await codeOf(forged)).toBe('grant_refused');
    expect(world.refusal).toMatchObject({ facts: { reason: 'signature' } });
    expect(world.refusal.pseudonym).toBeUndefined();
  });

  test('BCB-3.policy · a grant is judged by what its application asks now', async () => {
    const assurance = { ...POLICY.assurance, level: 'device-bound-attested' } as const;
    expect(await codeOf(redeem(new World()))).toBe('passed');
    const strict = new World({ assurance });
    expect(await codeOf(redeem(strict))).toBe('grant_refused');
    expect(strict.refusal.facts).toMatchObject({ reason: 'too_weak' });
  });

  test.each<[string, Partial<Grant>, BoundAction, string]>([
    ['an application that is none of the bank’s', { clientId: 'gone' }, ACTION, 'application_unknown'],
    ['another action', { action: { ...ACTION, name: 'wire.send' } }, ACTION, 'other_action'],
    ['another payee', {}, { ...ACTION, hash: 'AAAA' }, 'other_hash'],
    [
      'the platform’s own action',
      { action: { ...ACTION, name: 'authenticator.add' } },
      { ...ACTION, name: 'authenticator.add' },
      'action_not_listed',
    ],
    [
      'too little assurance',
      { action: { ...ACTION, name: 'wire.send' } },
      { ...ACTION, name: 'wire.send' },
      'too_weak',
    ],
  ])('a grant for %s is refused and not spent', async (_, grant, action, reason) => {
    const world = new World();
    expect(await codeOf(redeem(world, grant, action))).toBe('grant_refused');
    expect(world.refusal.facts).toMatchObject({ reason });
    expect(world.calls).toEqual([]);
  });

  test.each([
    [60, 'passed'],
    [61, 'grant_refused'],
  ])('RNB-4.freshness BCB-3.freshness · an authentication %d s old, where 60 are allowed: %s', async (age, outcome) => {
    expect(await codeOf(redeem(new World(), { authTime: NOW - age }))).toBe(outcome);
  });
});
