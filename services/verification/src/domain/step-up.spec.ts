import { describe, expect, test } from '@jest/globals';
import { ACTION, CAUSE, ORIGIN, POLICY, PROVEN, World, codeOf, credential, holder, refusedBy } from './fake-world.js';
import type { BoundAction } from '../ports.js';
import { beginStepUp } from './begin-step-up.js';
import { beginAuthentication } from './begin-authentication.js';
import { completeStepUp } from './complete-step-up.js';

const CALLER = { subject: 'subject-ann', pseudonym: 'p_ann', session: 'session' };

const begin = (world: World, action?: BoundAction, caller = CALLER) =>
  beginStepUp(world, { application: world.application, caller, action, origin: ORIGIN }, CAUSE);

const complete = (world: World, answer: string, caller = CALLER) =>
  completeStepUp(world, { application: world.application, caller, credential: answer, origin: ORIGIN }, CAUSE);

async function stepUp(world: World, action?: BoundAction, key = 'key', caller = CALLER) {
  const answer = world.answer(await begin(world, action), key);
  world.calls.length = 0;
  return complete(world, answer, caller);
}

describe('beginning', () => {
  test('BCB-3.challenge · the options list the caller’s own keys and always ask for user verification', async () => {
    const world = new World({ assurance: { ...POLICY.assurance, userVerification: 'preferred' } });
    expect(JSON.parse(await begin(world, ACTION))).toMatchObject({
      allowed: [{ credentialId: 'key' }, { credentialId: 'phone' }],
      userVerification: 'required',
    });
  });

  test('BCB-3.policy · the options list no key that cannot confirm the action', async () => {
    const world = new World();
    world.people['ann'] = holder('ann', credential('key'), credential('token', { attestationTrust: 'anchored' }));
    const listed = JSON.parse(await begin(world, { ...ACTION, name: 'wire.send' })) as { allowed: unknown };
    expect(listed.allowed).toEqual([expect.objectContaining({ credentialId: 'token' })]);
  });

  test('BCB-3.policy · where no key can confirm it, the integrator is told what the best one lacks, and it is recorded', async () => {
    const world = new World({ actions: { pay: { acr: 'phrh', maxAge: 60, assurance: { transports: ['usb'] } } } });
    const better = credential('better', { transports: ['usb'] });
    const suspended = credential('token', { attestationTrust: 'anchored', transports: ['usb'], state: 'suspended' });
    world.people['ann'] = holder('ann', credential('key'), better, suspended);
    const failed = await begin(world, { ...ACTION, name: 'pay' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'step_up_impossible', details: { requirements: ['attestation'] } });
    const facts = { requirements: 'attestation', signed: false };
    const record = {
      type: 'stepup.refused',
      code: 'step_up_impossible',
      session: 'session',
      pseudonym: 'p_ann',
      facts,
    };
    expect(world.refusal).toMatchObject(record);
  });

  test('BCB-3.policy · a model that was only claimed confirms nothing that asks for a model', async () => {
    const model = '2fc0579f-8113-47ea-b116-bb5a8db9202a';
    const world = new World({ actions: { pay: { acr: 'phr', maxAge: 60, assurance: { aaguids: [model] } } } });
    const pay = { ...ACTION, name: 'pay' };
    world.people['ann'] = holder('ann', credential('key', { attestationTrust: 'anchored', aaguid: '' }));
    expect(await codeOf(begin(world, pay))).toBe('step_up_impossible');
    world.people['ann'] = holder('ann', credential('key', { attestationTrust: 'anchored', aaguid: model }));
    expect(await codeOf(begin(world, pay))).toBe('passed');
  });

  test('a key of which nothing is known is listed: its answer is judged', async () => {
    const world = new World();
    world.credentials.bySubject = () =>
      Promise.resolve({ allowed: [{ credentialId: 'key', transports: [] }], held: [] });
    expect(await codeOf(begin(world, { ...ACTION, name: 'wire.send' }))).toBe('passed');
  });

  test.each(['payee.add', 'authenticator.add', 'authenticator.remove', 'authenticator.resume'])(
    'RNB-4.actions · %s may be confirmed',
    async (name) => expect(await codeOf(begin(new World(), { ...ACTION, name }))).toBe('passed'),
  );

  test.each(['payee.remove', 'constructor', '', 'toString'])(
    'BCB-3.policy · an unlisted action is refused: %j',
    async (name) => {
      const world = new World();
      expect(await codeOf(begin(world, { ...ACTION, name }))).toBe('action_unknown');
      expect(world.refusal).toMatchObject({ type: 'stepup.refused', code: 'action_unknown', session: 'session' });
      expect(world.calls).toEqual([]);
    },
  );

  test.each(['', 'short', `${ACTION.hash}=`, `${ACTION.hash}AA`])(
    'a hash that is none is refused: %j',
    async (hash) => {
      expect(await codeOf(begin(new World(), { ...ACTION, hash }))).toBe('request_invalid');
    },
  );
});

describe('completing', () => {
  test('BCB-3.grant · for an action: spend, look up, judge, weigh, and a grant for exactly that action', async () => {
    const world = new World();
    expect(await stepUp(world, ACTION)).toMatchObject({ session: 'session', grant: { grant: 'jws', expiresIn: 60 } });
    expect(world.calls).toEqual(['redeem', 'look up', 'judge', 'assess', 'grant payee.add']);
  });

  test('BCB-3.elevate · without an action: the same session, higher, with a new time', async () => {
    const world = new World();
    const steppedUp = await stepUp(world);
    expect(steppedUp).toMatchObject({
      session: 'session',
      acr: 'phr',
      authTime: 1_800_000_000,
      elevated: { expiresIn: 420 },
    });
    expect(world.calls.at(-1)).toBe('elevate');
  });

  test.each<[string, (world: World) => Promise<unknown>, string]>([
    ['another person’s key', (world) => stepUp(world, ACTION, 'bobs'), 'subject_mismatch'],
    ['an unknown key', (world) => stepUp(world, ACTION, 'nobodys'), 'credential_unknown'],
    [
      'another session of the same person',
      (world) => stepUp(world, ACTION, 'key', { ...CALLER, session: 'other' }),
      'session_mismatch',
    ],
    [
      'another person in the same session',
      (world) => stepUp(world, ACTION, 'bobs', { ...CALLER, subject: 'subject-bob' }),
      'subject_mismatch',
    ],
  ])('BCB-3.challenge · %s is refused', async (_, attempt, code) => {
    const world = new World();
    expect(await codeOf(attempt(world))).toBe('step_up_failed');
    expect(world.refusal).toMatchObject({ type: 'stepup.refused', code });
    expect(world.calls.some((call) => /grant|elevate|assess/.test(call))).toBe(false);
  });

  test('BCB-3.policy · an action asks for more than its application, and says what is missing', async () => {
    const actions = {
      pay: { acr: 'phr', maxAge: 60, assurance: { keyProtection: ['tee'], transports: ['usb'] } },
    } as const;
    const world = new World({ actions });
    const pay = { ...ACTION, name: 'pay' };
    const good = { attestationTrust: 'anchored', keyProtection: ['tee'], transports: ['usb'] };
    world.people['ann'] = holder('ann', credential('key'), credential('token', good));
    const failed = await stepUp(world, pay).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'step_up_failed',
      details: { requirements: ['key_protection', 'transports'] },
    });
    expect(await stepUp(world, pay, 'token')).toMatchObject({ acr: 'phrh', grant: { grant: 'jws' } });
  });

  test('BCB-3.policy · an action may ask for less than its application, and the session itself for no less', async () => {
    const assurance = { ...POLICY.assurance, level: 'device-bound-attested' } as const;
    const world = new World({ assurance, actions: { block: { acr: 'phr', maxAge: 60, assurance: { level: 'any' } } } });
    expect(await codeOf(stepUp(world, { ...ACTION, name: 'block' }))).toBe('passed');
    expect(await codeOf(begin(world))).toBe('step_up_impossible');
    expect(await codeOf(begin(world, { ...ACTION, name: 'authenticator.add' }))).toBe('step_up_impossible');
  });

  test.each(['active', 'suspended'])(
    'R29 · who holds attested hardware, %s, adds, resumes and removes keys with nothing weaker',
    async (state) => {
      const world = new World();
      const strong = credential('token', { attestationTrust: 'anchored', keyProtection: ['secure_element'], state });
      world.people['ann'] = holder('ann', credential('key'), strong);
      for (const name of ['authenticator.add', 'authenticator.resume', 'authenticator.remove']) {
        const attempt = { ...ACTION, name };
        const isUsable = state === 'active';
        expect(await codeOf(stepUp(world, attempt))).toBe(isUsable ? 'step_up_failed' : 'step_up_impossible');
        const code = isUsable ? 'assurance_insufficient' : 'step_up_impossible';
        expect(world.refusal).toMatchObject({ code, facts: { requirements: 'attestation' } });
      }
      expect(await codeOf(stepUp(world, ACTION))).toBe('passed');
      world.people['ann'] = holder('ann', credential('key'), { ...strong, state: 'active' });
      expect(await codeOf(stepUp(world, { ...ACTION, name: 'authenticator.add' }, 'token'))).toBe('passed');
    },
  );

  test('BCB-3.policy · a key that never verified anybody confirms nothing, whatever the application asks', async () => {
    const world = new World({ assurance: { ...POLICY.assurance, userVerification: 'preferred' } });
    world.people['ann'] = holder('ann', credential('key', { userVerified: false }));
    for (const action of [undefined, ACTION, { ...ACTION, name: 'authenticator.add' }])
      expect(await codeOf(begin(world, action))).toBe('step_up_impossible');
    expect(world.refusal.facts).toMatchObject({ requirements: 'user_verification' });
  });

  test('R1 · a failed confirmation has consumed its challenge', async () => {
    const world = new World();
    const answer = world.answer(await begin(world, ACTION), 'key');
    world.judged = refusedBy('signature_invalid', 'WebAuthn L3 §7.2 step 21');
    expect(await codeOf(complete(world, answer))).toBe('step_up_failed');
    world.judged = PROVEN;
    expect(await codeOf(complete(world, answer))).toBe('challenge_spent');
  });

  test('a challenge of a sign-in is none of a step-up', async () => {
    const world = new World();
    const options = await beginAuthentication(world, { clientId: 'web', userName: 'ann' }, CAUSE);
    expect(await codeOf(complete(world, world.answer(options, 'key')))).toBe('challenge_spent');
  });

  test('BCB-3.policy · an action that left the policy meanwhile is refused', async () => {
    const world = new World();
    const answer = world.answer(await begin(world, ACTION), 'key');
    world.application = { ...world.application, policy: { ...world.application.policy, actions: {} } };
    expect(await codeOf(complete(world, answer))).toBe('step_up_failed');
    expect(world.refusal.code).toBe('action_unknown');
  });

  test.each([
    ['block', 'step_up_failed'],
    ['allow', 'passed'],
  ] as const)('when risk is absent the policy of step-up says %s', async (policy, told) => {
    const world = new World({ whenRiskAbsent: { signIn: 'allow', stepUp: policy } });
    world.risky = { score: 0, level: 'ABSENT', action: '', reasons: [] };
    expect(await codeOf(stepUp(world, ACTION))).toBe(told);
  });
});
