import { describe, expect, test } from '@jest/globals';
import { acrDecides, acrFor, assuranceFor, comparedScopes, offeredAlgorithms, parsePolicy } from './index.js';

const BRANCH = 'branch-app';
const MODEL = 'ee882879-721c-4913-9775-3dfcce97072a';

const policy = parsePolicy({
  webauthn: { algorithms: [-7], assurance: { synced: false, transports: ['usb', 'internal'] } },
  applications: { [BRANCH]: { assurance: { level: 'device-bound-attested', transports: ['usb'] } } },
  actions: {
    'payee.add': {},
    'wire.send': { acr: 'phrh' },
    'limit.raise': { assurance: { level: 'device-bound-claimed', transports: 'any', algorithms: [-257] } },
  },
});

describe('BCB-13.policy · a narrower scope replaces member by member', () => {
  const tenant = {
    level: 'any',
    synced: false,
    transports: ['usb', 'internal'],
    keyProtection: 'any',
    aaguids: 'any',
    userVerification: 'required',
    algorithms: [-7],
  };

  test('the tenant’s, where nobody says otherwise', () => {
    expect(assuranceFor(policy, {})).toEqual(tenant);
    for (const application of ['other-app', 'constructor', '__proto__'])
      expect(assuranceFor(policy, { application })).toEqual(tenant);
  });

  test('the application’s over the tenant’s', () => {
    const branch = { ...tenant, level: 'device-bound-attested', transports: ['usb'] };
    expect(assuranceFor(policy, { application: BRANCH })).toEqual(branch);
    expect(assuranceFor(policy, { application: BRANCH, action: 'payee.add' })).toEqual(branch);
  });

  test('the action’s over both, also where it asks for less', () => {
    const raise = { level: 'device-bound-claimed', transports: 'any', algorithms: [-257] };
    expect(assuranceFor(policy, { application: BRANCH, action: 'limit.raise' })).toEqual({ ...tenant, ...raise });
  });

  test('an action nobody listed asks what its application asks', () => {
    for (const action of ['card.block', 'toString']) expect(assuranceFor(policy, { action })).toEqual(tenant);
  });

  test('signing in is no action, also where one is named like nothing', () => {
    const named = parsePolicy({ actions: { undefined: { acr: 'phrh' } } });
    expect(assuranceFor(named, {}).level).toBe('any');
    expect(assuranceFor(named, { action: 'undefined' }).level).toBe('device-bound-attested');
  });

  test('an application may waive user verification at sign-in, and no action takes that over', () => {
    const kiosk = parsePolicy({
      applications: { kiosk: { assurance: { userVerification: 'preferred' } } },
      actions: { pay: {} },
    });
    const asked = (action?: string) => assuranceFor(kiosk, { application: 'kiosk', action }).userVerification;
    expect([asked(), asked('pay')]).toEqual(['preferred', 'required']);
  });
});

describe('BCB-3.policy · what an action says as acr', () => {
  test.each([
    [{}, 'phr'],
    [{ application: BRANCH }, 'phrh'],
    [{ action: 'payee.add' }, 'phr'],
    [{ application: BRANCH, action: 'payee.add' }, 'phrh'],
    [{ application: BRANCH, action: 'limit.raise' }, 'phr'],
    [{ action: 'wire.send' }, 'phrh'],
  ])('%j asks for %s', (scope, acr) => {
    expect(acrFor(policy, scope)).toBe(acr);
  });

  test.each([
    [{}, true],
    [{ acr: 'phrh' }, true],
    [{ assurance: { level: 'device-bound-attested' } }, true],
    [{ assurance: { level: 'any', synced: true, transports: 'any' } }, true],
    [{ assurance: { level: 'device-bound-claimed' } }, false],
    [{ assurance: { synced: false } }, false],
    [{ assurance: { keyProtection: ['tee'] } }, false],
    [{ assurance: { aaguids: [MODEL] } }, false],
    [{ assurance: { algorithms: [-7] } }, false],
  ])('%j: the acr alone decides: %s', (pay, decides) => {
    expect(acrDecides(parsePolicy({ actions: { pay } }), 'pay')).toBe(decides);
  });

  test('an action nobody listed asks nothing that no acr expresses', () => {
    expect(acrDecides(parsePolicy({}), 'pay')).toBe(true);
  });
});

describe('BCB-13.policy · where a change of policy is looked at', () => {
  test('signing in and each action, once for all applications that nobody names', () => {
    const scopes = comparedScopes(parsePolicy({}), policy, ['one', 'two', BRANCH]);
    expect(scopes.map(({ application, action }) => [application, action])).toEqual([
      [undefined, undefined],
      [undefined, 'payee.add'],
      [undefined, 'wire.send'],
      [undefined, 'limit.raise'],
      [BRANCH, undefined],
      [BRANCH, 'payee.add'],
      [BRANCH, 'wire.send'],
      [BRANCH, 'limit.raise'],
    ]);
    expect(scopes[4]).toMatchObject({ before: { level: 'any' }, after: { level: 'device-bound-attested' } });
  });

  test('an application that only the old policy named is one of its own; none is left over without need', () => {
    const scopes = comparedScopes(policy, parsePolicy({}), [BRANCH]);
    expect(scopes.map(({ application }) => application)).toEqual([BRANCH]);
    expect(scopes[0]).toMatchObject({ before: { level: 'device-bound-attested' }, after: { level: 'any' } });
  });

  test('BCB-1.device · algorithms that only an action accepts are offered too', () => {
    expect(offeredAlgorithms(policy, 'one')).toEqual([-7, -257]);
  });
});
