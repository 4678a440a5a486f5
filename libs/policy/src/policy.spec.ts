import { describe, expect, test } from '@jest/globals';
import { BUILT_IN_ACTIONS } from '@countersign/kernel';
import {
  MAX_POLICY_BYTES,
  actionPolicyOf,
  parsePolicy,
  policyChanges,
  readPolicy,
  stepUpNeeded,
  type Policy,
} from './index.js';

const errorsOf = (document: unknown): { path: string; message: string }[] => {
  try {
    readPolicy(typeof document === 'string' ? document : JSON.stringify(document));
    return [];
  } catch (error) {
    const { code, details } = error as { code: string; details: { errors: { path: string; message: string }[] } };
    expect(code).toBe('policy_invalid');
    return details.errors;
  }
};
const pathsOf = (document: unknown): string[] => errorsOf(document).map(({ path }) => path);

const MODEL = 'ee882879-721c-4913-9775-3dfcce97072a';
const WAIVED = { userVerification: 'preferred' };
const application = (assurance: object) => ({ applications: { app: { assurance } } });

describe('a policy document', () => {
  test('what it leaves out takes the strict default', () => {
    const policy = readPolicy('{}');
    expect(policy.webauthn).toMatchObject({
      userVerification: 'required',
      residentKey: 'preferred',
      algorithms: [-7, -8, -257],
    });
    expect(policy.webauthn.assurance).toEqual({
      level: 'any',
      synced: true,
      transports: 'any',
      keyProtection: 'any',
      aaguids: 'any',
    });
    expect(policy.counter).toBe('suspend');
    expect(policy.applications).toEqual({});
    expect(policy.actions).toEqual({});
    expect(policy.sessions).toEqual({ inactivity: 300, absolute: 43_200, accessToken: 420, signOutOthersMaxAge: 300 });
    expect(policy.risk.whenAbsent).toEqual({ signIn: 'allow', stepUp: 'block' });
  });

  test('read back from its own output, it is the same', () => {
    const policy = readPolicy('{"actions":{"payee.add":{"maxAge":60}}}');
    expect(readPolicy(JSON.stringify(policy))).toEqual(policy);
    expect(policy.actions['payee.add']).toEqual({ acr: 'phr', maxAge: 60 });
  });

  test('what it does not know refuses it, and every fault is named by its path', () => {
    expect(pathsOf({ webauthn: { userVerification: 'sometimes', extra: 1 }, sessions: { accessToken: 601 } })).toEqual([
      'webauthn.userVerification',
      'webauthn',
      'sessions.accessToken',
    ]);
    expect(pathsOf({ surprise: true })).toEqual(['']);
  });

  test.each([
    ['a list that names an algorithm twice', { webauthn: { algorithms: [-7, -7] } }, 'webauthn.algorithms'],
    [
      'a set of anchors whose name is none',
      { webauthn: { attestation: { anchorSets: ['../apple'] } } },
      'webauthn.attestation.anchorSets.0',
    ],
    [
      'a set of anchors twice',
      { webauthn: { attestation: { anchorSets: ['apple', 'apple'] } } },
      'webauthn.attestation.anchorSets',
    ],
    ['no statement at all', { webauthn: { attestation: { compound: 0 } } }, 'webauthn.attestation.compound'],
    [
      'a model that is none',
      { webauthn: { attestation: { enterprise: ['any'] } } },
      'webauthn.attestation.enterprise.0',
    ],
    ['no algorithm at all', { webauthn: { algorithms: [] } }, 'webauthn.algorithms'],
    ['an algorithm nobody checks', { webauthn: { algorithms: [-65535] } }, 'webauthn.algorithms.0'],
    ['a level nobody knows', { webauthn: { assurance: { level: 'high' } } }, 'webauthn.assurance.level'],
    ['no accepted model at all', { webauthn: { assurance: { aaguids: [] } } }, 'webauthn.assurance.aaguids'],
    [
      'a model in capitals',
      { webauthn: { assurance: { aaguids: [MODEL.toUpperCase()] } } },
      'webauthn.assurance.aaguids.0',
    ],
    ...[`0${MODEL}`, `${MODEL}0`].map((model): [string, object, string] => [
      'more than a model',
      { webauthn: { assurance: { aaguids: [model] } } },
      'webauthn.assurance.aaguids.0',
    ]),
    ['a transport twice', application({ transports: ['usb', 'usb'] }), 'applications.app.assurance.transports'],
    ['what no authenticator names', application({ transports: ['cable'] }), 'applications.app.assurance.transports'],
    ['what an application does not ask', application({ userPresence: true }), 'applications.app.assurance'],
    ['an action that waives the person', { actions: { pay: { assurance: WAIVED } } }, 'actions.pay.assurance'],
    ['an application that is no id', { applications: { 'my app': {} } }, 'applications.my app'],
    [
      'a day for what asks for attested hardware',
      { sessions: { absolute: 86_400 }, ...application({ level: 'device-bound-attested' }) },
      'sessions.absolute',
    ],
    [
      'a day for an action that asks for attested hardware',
      { sessions: { absolute: 86_400 }, actions: { pay: { assurance: { level: 'device-bound-attested' } } } },
      'sessions.absolute',
    ],
    [
      'a second over 12 hours for an action that asks for `phrh`',
      { sessions: { absolute: 43_201 }, actions: { pay: { acr: 'phrh' } } },
      'sessions.absolute',
    ],
    [
      'a trust anchor that is not base64',
      { webauthn: { attestation: { anchors: ['***'] } } },
      'webauthn.attestation.anchors.0',
    ],
    ['inactivity beyond the whole session', { sessions: { inactivity: 600, absolute: 300 } }, 'sessions.inactivity'],
    ['an action name that could be a header', { actions: { 'Payee\n': {} } }, 'actions.Payee\n'],
    ['an action freshness beyond a day', { actions: { pay: { maxAge: 86_401 } } }, 'actions.pay.maxAge'],
    ['few failures that are not fewer than many', { risk: { failures: { few: 3, many: 3 } } }, 'risk.failures.many'],
    ['velocities that do not rise', { risk: { velocity: { multiple: 9, rapid: 5 } } }, 'risk.velocity.rapid'],
    ['bands that stop below 100', { risk: { bands: [{ level: 'LOW', upTo: 90, action: 'allow' }] } }, 'risk.bands'],
    ['points beyond 100', { risk: { signals: { device: { newOs: 101 } } } }, 'risk.signals.device.newOs'],
  ])('%s is refused', (_, document, path) => {
    expect(pathsOf(document)).toContain(path);
  });

  test('BCB-3.policy · sessions may last a month where nothing asks for attested hardware, and 12 hours where an action does', () => {
    const pay = (action: object) => ({ pay: action });
    const claimed = pay({ acr: 'phr', assurance: { level: 'device-bound-claimed' } });
    expect(pathsOf({ sessions: { absolute: 2_592_000 }, actions: claimed })).toEqual([]);
    expect(pathsOf({ sessions: { absolute: 43_200 }, actions: pay({ acr: 'phrh' }) })).toEqual([]);
  });

  test('bands that fall are refused', () => {
    const band = (upTo: number) => ({ level: 'LOW', upTo, action: 'allow' });
    expect(pathsOf({ risk: { bands: [band(60), band(30), band(100)] } })).toEqual(['risk.bands']);
  });

  test('what is not JSON, not an object, or too large is refused', () => {
    expect(errorsOf('{"a":')).toEqual([{ path: '', message: 'is not JSON' }]);
    expect(pathsOf('[]')).toEqual(['']);
    expect(errorsOf(' '.repeat(MAX_POLICY_BYTES + 1))[0]?.message).toMatch(/larger/);
  });

  test('a flood of faults is told in part', () => {
    const actions = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`a${n}`, { maxAge: -1 }]));
    expect(errorsOf({ actions })).toHaveLength(50);
  });
});

describe('a sensitive action', () => {
  test('BCB-3 · is found only when the tenant listed it', () => {
    const policy = parsePolicy({ actions: { 'payee.add': { maxAge: 60 } } });
    expect(actionPolicyOf(policy, 'payee.add')).toEqual({ acr: 'phr', maxAge: 60 });
    for (const name of ['payee.remove', 'constructor', 'toString', '__proto__'])
      expect(actionPolicyOf(policy, name)).toBeUndefined();
  });
});

describe('what a policy changes', () => {
  const of = (document: object): Policy => parsePolicy(document);

  test('is nothing when both mean the same', () => {
    expect(policyChanges(of({}), of({ sessions: { inactivity: 300 } }))).toEqual([]);
  });

  test('names each member by path, with lists compared whole and added actions as absent before', () => {
    const before = of({ actions: { old: {} } });
    const after = of({
      actions: { pay: { maxAge: 60 } },
      webauthn: { algorithms: [-7] },
      sessions: { inactivity: 120 },
    });
    expect(policyChanges(before, after)).toEqual([
      { path: 'actions.old.acr', before: 'phr', after: undefined },
      { path: 'actions.old.maxAge', before: 300, after: undefined },
      { path: 'actions.pay.acr', before: undefined, after: 'phr' },
      { path: 'actions.pay.maxAge', before: undefined, after: 60 },
      { path: 'sessions.inactivity', before: 300, after: 120 },
      { path: 'webauthn.algorithms', before: [-7, -8, -257], after: [-7] },
    ]);
  });
});

describe('what an authentication still lacks', () => {
  const at = 1_000_000;
  test.each([
    ['strong and fresh: nothing', { acr: 'phr', authTime: at - 300 }, { acr: 'phr', maxAge: 300 }, undefined],
    [
      'one second too old',
      { acr: 'phr', authTime: at - 301 },
      { acr: 'phr', maxAge: 300 },
      { acrValues: 'phr', maxAge: 300 },
    ],
    ['too weak', { acr: 'phr', authTime: at }, { acr: 'phrh', maxAge: 300 }, { acrValues: 'phrh', maxAge: 300 }],
    ['stronger than asked', { acr: 'phrh', authTime: at }, { acr: 'phr', maxAge: 0 }, undefined],
    [
      'an assurance nobody knows',
      { acr: 'password', authTime: at },
      { acr: 'phr', maxAge: 300 },
      { acrValues: 'phr', maxAge: 300 },
    ],
  ] as const)('BCB-3 · %s', (_, has, needed, lacks) => {
    expect(stepUpNeeded(needed, has, at)).toEqual(lacks);
  });
});

describe('R29 · actions of the platform itself', () => {
  test.each(BUILT_IN_ACTIONS)('BCB-3.grant · %s cannot be listed by a tenant', (name) => {
    expect(() => parsePolicy({ actions: { [name]: {} } })).toThrow('is an action of the platform itself');
  });
});
