import { describe, expect, test } from '@jest/globals';
import type { ErrorDetails } from '@countersign/kernel';
import { CAUSE, ORIGIN, POLICY, PROVEN, World, codeOf, credential, holder, refusedBy } from './fake-world.js';
import type { Credential, RiskVerdict } from '../ports.js';
import { beginAuthentication } from './begin-authentication.js';
import { completeAuthentication } from './complete-authentication.js';

const begin = (world: World, userName = '') => beginAuthentication(world, { clientId: 'web', userName }, CAUSE);

const complete = (world: World, answer: string) =>
  completeAuthentication(world, { clientId: 'web', credential: answer, origin: ORIGIN }, CAUSE);

async function signIn(world: World, userName = '', key = 'key') {
  const answer = world.answer(await begin(world, userName), key);
  world.calls.length = 0;
  return complete(world, answer);
}

const WAIVED = { ...POLICY.assurance, userVerification: 'preferred' } as const;

const verdict = (action: string, level = 'HIGH'): RiskVerdict => ({ score: 70, level, action, reasons: [] });

describe('the story of a login', () => {
  test('BCB-2.discoverable · without a name: spend, look up, judge, weigh, establish; five calls with the own', async () => {
    const world = new World();
    const signedIn = await signIn(world);
    expect(world.calls).toEqual(['redeem', 'look up', 'judge', 'assess', 'establish']);
    expect(signedIn).toMatchObject({ session: 'new', credential: 'record-key', acr: 'phr', authTime: 1_800_000_000 });
  });

  test('BCB-2.named · with a name: options list that person’s keys, and that person may answer', async () => {
    const world = new World();
    const options = JSON.parse(await begin(world, 'ann')) as { allowed: { credentialId: string }[] };
    expect(options.allowed.map(({ credentialId }) => credentialId)).toEqual(['key', 'phone']);
    expect((await signIn(world, 'ann', 'phone')).credential).toBe('record-phone');
  });

  test('R17 · what is established names the credential, the policy, the risk and when the ceremony began', async () => {
    const world = new World();
    await signIn(world);
    expect(world.authentications[0]).toMatchObject({
      credential: 'record-key',
      policyVersion: 7,
      risk: { level: 'LOW' },
      startedAt: 1_800_000_000_000,
    });
  });

  test('R1 · a failed attempt has consumed its challenge', async () => {
    const world = new World();
    const answer = world.answer(await begin(world), 'key');
    world.judged = refusedBy('signature_invalid', 'WebAuthn L3 §7.2 step 21');
    expect(await codeOf(complete(world, answer))).toBe('authentication_failed');
    world.judged = PROVEN;
    expect(await codeOf(complete(world, answer))).toBe('challenge_spent');
  });

  test('a malformed proof says so, is recorded, and spends nothing', async () => {
    const world = new World();
    expect(await codeOf(complete(world, '{}'))).toBe('credential_malformed');
    expect(world.calls).toEqual([]);
    expect(world.refusal).toMatchObject({ type: 'authentication.refused', code: 'credential_malformed' });
  });

  test('a bank’s server signs nobody in, and an unknown application is unknown', async () => {
    const world = new World();
    world.application = { ...world.application, type: 'server' };
    expect(await codeOf(begin(world))).toBe('client_cannot_sign_in');
    const stranger = beginAuthentication(world, { clientId: 'other', userName: '' }, CAUSE);
    expect(await codeOf(stranger)).toBe('client_unknown');
  });
});

describe('R14 · what the client is told does not say what was wrong', () => {
  const proofRefused = (world: World) =>
    void (world.judged = refusedBy('signature_invalid', 'WebAuthn L3 §7.2 step 21'));
  const suspended = (world: World) => {
    world.people['ann'] = holder('ann', credential('key', { state: 'suspended' }));
  };
  const nothing = () => undefined;

  test.each<[string, string, string, (world: World) => void, string, string | undefined]>([
    ['unknown credential', '', 'nobodys', nothing, 'credential_unknown', undefined],
    ['bad signature', '', 'key', proofRefused, 'signature_invalid', 'p_ann'],
    ['somebody else’s credential', 'ann', 'bobs', nothing, 'subject_mismatch', 'p_bob'],
    ['own credential for a name nobody has', 'nobody', 'bobs', nothing, 'subject_mismatch', 'p_bob'],
    ['suspended credential', '', 'key', suspended, 'credential_not_active', 'p_ann'],
    ['risk blocks', '', 'key', (world) => void (world.risky = verdict('block')), 'risk_blocked', 'p_ann'],
  ])('%s', async (_, name, key, change, code, pseudonym) => {
    const world = new World();
    change(world);
    expect(await codeOf(signIn(world, name, key))).toBe('authentication_failed');
    expect(world.refusal).toMatchObject({ type: 'authentication.refused', code, clientId: 'web' });
    expect(world.refusal.holder?.pseudonym).toBe(pseudonym);
  });

  test('an unknown credential is judged all the same, against a key nobody has', async () => {
    const world = new World();
    await codeOf(signIn(world, '', 'nobodys'));
    expect(world.calls).toEqual(['redeem', 'look up', 'judge nobody']);
  });

  test('a browser is told to forget a passkey only where no name was given and its id was never a decoy', async () => {
    const told = async (name: string, forgettable: string[]) => {
      const world = new World();
      world.forgettable = new Set(forgettable);
      const error = await signIn(world, name, 'nobodys').catch((refused: unknown) => refused);
      return (error as { details: ErrorDetails }).details.signals;
    };
    const signals = { unknownCredential: { rpId: 'bank.example', credentialId: 'nobodys' } };
    expect(await told('', ['nobodys'])).toEqual(signals);
    expect(await told('', [])).toBeUndefined();
    expect(await told('ann', ['nobodys'])).toBeUndefined();
  });

  test('options for a name nobody has look like any others', async () => {
    const world = new World();
    const shape = async (name: string) => {
      const options = JSON.parse(await begin(world, name)) as { allowed: object[] };
      return [Object.keys(options), Object.keys(options.allowed[0]!)];
    };
    expect(await shape('nobody')).toEqual(await shape('ann'));
  });
});

describe('R30 · nothing changes on an account before its key has signed', () => {
  const TOUCHES = /suspend|record use|assess|establish/;

  test.each([
    ['signature_invalid', 'key'],
    ['user_verification_missing', 'key'],
    ['origin_not_allowed', 'key'],
  ] as const)('%s', async (code, key) => {
    const world = new World({ counter: 'suspend' });
    world.people['ann'] = holder('ann', credential('key', { counter: 9 }));
    world.judged = refusedBy(code, 'WebAuthn L3 §7.2');
    expect(await codeOf(signIn(world, '', key))).toBe('authentication_failed');
    expect(world.calls.filter((call) => TOUCHES.test(call))).toEqual([]);
  });

  test('a suspended credential with a counter that went back is refused as suspended, and not suspended again', async () => {
    const world = new World();
    world.people['ann'] = holder('ann', credential('key', { counter: 9, state: 'suspended' }));
    world.judged = { ...PROVEN, counter: 3, counterVerdict: 'replayed' };
    await codeOf(signIn(world));
    expect(world.refusal.code).toBe('credential_not_active');
    expect(world.calls).not.toContain('suspend record-key');
  });
});

describe('R2 · a counter that did not advance', () => {
  const replayed = (counter: 'suspend' | 'refuse' | 'risk') => {
    const world = new World({ counter });
    world.people['ann'] = holder('ann', credential('key', { counter: 9 }));
    world.judged = { ...PROVEN, counter: 9, counterVerdict: 'replayed' };
    return world;
  };

  test('suspends the device and refuses, which is the default', async () => {
    const world = replayed('suspend');
    expect(await codeOf(signIn(world))).toBe('authentication_failed');
    expect(world.calls).toEqual(['redeem', 'look up', 'judge', 'suspend record-key']);
    const facts = { stored: 9, sent: 9 };
    expect(world.refusal).toMatchObject({ code: 'counter_replayed', clause: 'WebAuthn L3 §6.1.1', facts });
  });

  test('is refused without suspending, by policy', async () => {
    const world = replayed('refuse');
    expect(await codeOf(signIn(world))).toBe('authentication_failed');
    expect(world.calls).toEqual(['redeem', 'look up', 'judge']);
  });

  test('is weighed, by policy; the stored counter is not lowered', async () => {
    const world = replayed('risk');
    expect(await codeOf(signIn(world))).toBe('passed');
    expect(world.calls).toEqual(['redeem', 'look up', 'judge', 'assess replayed', 'establish']);
  });

  test('an advanced one is stored last before the session, and whoever was overtaken is the replay', async () => {
    const world = new World();
    world.judged = { ...PROVEN, counter: 4, counterVerdict: 'advanced' };
    expect(await codeOf(signIn(world))).toBe('passed');
    expect(world.calls).toEqual(['redeem', 'look up', 'judge', 'assess', 'record use', 'establish']);
    world.recorded = 'not advanced';
    expect(await codeOf(signIn(world))).toBe('authentication_failed');
    expect(world.calls.slice(-3)).toEqual(['record use', 'look up', 'suspend record-key']);
    expect(world.refusal.code).toBe('counter_replayed');
  });

  test.each([
    ['suspended', [credential('key', { state: 'suspended' })]],
    ['revoked', []],
  ])('a device that was %s meanwhile is not called a copy', async (_, left) => {
    const world = new World();
    world.judged = { ...PROVEN, counter: 4, counterVerdict: 'advanced' };
    world.recorded = 'not advanced';
    world.meanwhile = () => void (world.people['ann'] = holder('ann', ...left));
    expect(await codeOf(signIn(world))).toBe('authentication_failed');
    expect(world.refusal.code).toBe('credential_not_active');
    expect(world.calls).not.toContain('suspend record-key');
  });

  test('a changed backup state of a key that does not count is stored too', async () => {
    const world = new World();
    world.judged = { ...PROVEN, backupState: true };
    await signIn(world);
    expect(world.calls).toContain('record use');
  });
});

describe('risk at sign-in', () => {
  test.each([
    ['allow', true, 'passed', undefined],
    ['allow', false, 'passed', undefined],
    ['verify_email', true, 'passed', undefined],
    ['verify_phone', true, 'passed', undefined],
    ['step_up', true, 'passed', undefined],
    ['verify_email', false, 'authentication_failed', 'risk_factor_needed'],
    ['verify_phone', false, 'authentication_failed', 'risk_factor_needed'],
    ['step_up', false, 'authentication_failed', 'risk_factor_needed'],
    ['block', true, 'authentication_failed', 'risk_blocked'],
  ])('R16 · %s with user verification %s: %s', async (action, userVerified, told, recorded) => {
    const world = new World({ assurance: WAIVED });
    world.risky = verdict(action);
    world.judged = { ...PROVEN, userVerified };
    expect(await codeOf(signIn(world))).toBe(told);
    expect(world.refusals.at(-1)?.code).toBe(recorded);
  });

  test.each([
    ['allow', 'passed', undefined],
    ['block', 'authentication_failed', 'risk_absent'],
  ] as const)('when risk is absent the policy says %s: %s', async (signInPolicy, told, recorded) => {
    const world = new World({ whenRiskAbsent: { signIn: signInPolicy, stepUp: 'block' } });
    world.risky = { score: 0, level: 'ABSENT', action: '', reasons: [] };
    expect(await codeOf(signIn(world))).toBe(told);
    expect(world.refusals.at(-1)?.code).toBe(recorded);
    if (told === 'passed') expect(world.authentications[0]!.risk).toMatchObject({ level: 'ABSENT', action: 'allow' });
  });
});

const ATTESTED = { attestationTrust: 'anchored', aaguid: 'model' };
const SYNCED = { backupEligible: true, backupState: true };

describe('what an authentication is worth', () => {
  test.each<[string, Partial<Credential>, boolean, string, string[]]>([
    ['a device-bound key with user verification', {}, true, 'phr', ['hwk', 'user', 'mfa', 'pop']],
    ['a synced key with user verification', SYNCED, true, 'phr', ['swk', 'user', 'mfa', 'pop']],
    ['a device-bound key without', {}, false, 'phr1', ['hwk', 'user', 'pop']],
    ['a key that never verified anybody', { userVerified: false }, true, 'phr1', ['hwk', 'user', 'pop']],
    ['an attested device-bound key', ATTESTED, true, 'phrh', ['hwk', 'user', 'mfa', 'pop']],
  ])('R16 · %s', async (_, traits, userVerified, acr, amr) => {
    const world = new World({ assurance: WAIVED });
    world.people['ann'] = holder('ann', credential('key', traits));
    world.judged = { ...PROVEN, userVerified, backupState: traits.backupState ?? false };
    expect(await signIn(world)).toMatchObject({ acr, amr });
  });

  test('BCB-3.policy · hardware of a model the application does not accept is no accepted hardware', async () => {
    const world = new World({ assurance: { ...POLICY.assurance, aaguids: ['other'] } });
    world.people['ann'] = holder('ann', credential('key', ATTESTED));
    expect(await codeOf(signIn(world))).toBe('authentication_failed');
  });
});

describe('BCB-1.device · a good key that is not good enough for the application', () => {
  const needs = { ...POLICY.assurance, level: 'device-bound-attested', synced: false } as const;
  const refusedWith = async (world: World, name = '', key = 'key') => {
    const failed = await signIn(world, name, key).catch((error: unknown) => error);
    return (failed as { details?: ErrorDetails }).details;
  };

  test('is refused, and whoever holds it is told what it lacks', async () => {
    const world = new World({ assurance: needs });
    world.people['ann'] = holder('ann', credential('key', SYNCED));
    world.judged = { ...PROVEN, backupState: true };
    expect(await refusedWith(world)).toEqual({ requirements: ['device_bound', 'attestation', 'synced'] });
    expect(world.refusal).toMatchObject({
      code: 'assurance_insufficient',
      clause: 'NIST SP 800-63B-4 §2',
      credential: 'record-key',
      facts: { requirements: 'device_bound attestation synced', signed: true },
    });
    expect(world.calls).toEqual(['redeem', 'look up', 'judge']);
  });

  test('whether it is copied is judged by this proof, not by what was stored', async () => {
    const world = new World({ assurance: { ...POLICY.assurance, synced: false } });
    world.people['ann'] = holder('ann', credential('key', { backupEligible: true }));
    expect(await codeOf(signIn(world))).toBe('passed');
    world.judged = { ...PROVEN, backupState: true };
    expect(await refusedWith(world)).toEqual({ requirements: ['synced'] });
  });

  test('R14 · without the key nothing is told: not with a bad signature, not for an unknown key or name', async () => {
    const world = new World({ assurance: needs });
    world.judged = refusedBy('signature_invalid', 'WebAuthn L3 §7.2 step 21');
    expect(await refusedWith(world)).toEqual({});
    expect(await refusedWith(world, '', 'nobodys')).toEqual({});
    expect(await refusedWith(world, 'nobody', 'decoy')).toEqual({});
    world.judged = PROVEN;
    world.people['ann'] = holder('ann', credential('key', { state: 'suspended' }));
    expect(await refusedWith(world)).toEqual({});
  });

  test('BCB-13.policy · the policy in force when it is completed decides', async () => {
    const world = new World({ assurance: WAIVED });
    const answer = world.answer(await begin(world), 'key');
    world.application = { ...world.application, policy: POLICY };
    world.judged = { ...PROVEN, userVerified: false };
    expect(await codeOf(complete(world, answer))).toBe('authentication_failed');
    expect(world.refusal.facts).toMatchObject({ requirements: 'user_verification' });
  });
});
