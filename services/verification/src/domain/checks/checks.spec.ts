import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '@countersign/kernel';
import type { Shown, SignInAttempt, StepUpAttempt } from '../attempt.js';
import { credential, holder, POLICY } from '../fake-world.js';
import { signInChecks, stepUpChecks } from './index.js';
import type { Rule } from './rule.js';

const CREDENTIAL = credential('key');
const ANN = holder('ann', CREDENTIAL);
const answer = {
  presented: { challenge: 'c', credentialId: 'key', response: {} },
  subject: ANN.subject,
  holder: ANN,
  credential: CREDENTIAL,
  needs: POLICY.assurance,
  shown: CREDENTIAL,
};
const signIn: SignInAttempt & Shown = { ...answer, terms: { named: true, userVerification: 'required' } };
const stepUp: StepUpAttempt & Shown = {
  ...answer,
  terms: { session: 's1' },
  caller: { subject: ANN.subject, pseudonym: 'p', session: 's1' },
};
const nobody = { holder: undefined, credential: undefined };

/** Code and facts of the first rule of a list that refuses, each asked for itself. */
const refusals = <Attempt>(rules: readonly Rule<Attempt>[], attempt: Attempt): object[] =>
  rules.flatMap((rule) => {
    const verdict: Verdict = rule(attempt);
    if (verdict.ok) return [];
    expect(verdict.code).toBe(rule.code);
    return [{ code: verdict.code, facts: verdict.facts }];
  });

describe('around the standard’s list', () => {
  test('BCB-2 · a good answer passes every rule, and each says what it enforces', () => {
    const lists = { signIn: signInChecks, stepUp: stepUpChecks };
    const told = Object.entries(lists).map(([name, { before, after }]) => [
      name,
      ...[before, after].map((rules: readonly Rule<never>[]) => rules.map(({ code, clause }) => `${code}: ${clause}`)),
    ]);
    expect(told).toEqual([
      [
        'signIn',
        ['credential_unknown: WebAuthn L3 §7.2 step 6', 'subject_mismatch: WebAuthn L3 §7.2 step 6'],
        ['credential_not_active: NIST SP 800-63B-4 §4.3', 'assurance_insufficient: NIST SP 800-63B-4 §2'],
      ],
      [
        'stepUp',
        [
          'session_mismatch: RFC 9470 §4',
          'credential_unknown: WebAuthn L3 §7.2 step 6',
          'subject_mismatch: WebAuthn L3 §7.2 step 6',
        ],
        ['credential_not_active: NIST SP 800-63B-4 §4.3', 'assurance_insufficient: NIST SP 800-63B-4 §2'],
      ],
    ]);
    expect(refusals([...signInChecks.before, ...signInChecks.after], signIn)).toEqual([]);
    expect(refusals([...stepUpChecks.before, ...stepUpChecks.after], stepUp)).toEqual([]);
  });

  test('BCB-2.named · an answer of nobody’s is refused by every rule that asks whose it is, and crashes none', () => {
    const refused = ['credential_unknown', 'subject_mismatch'].map((code) => ({ code, facts: {} }));
    const inactive = { code: 'credential_not_active', facts: { state: 'none' } };
    expect(refusals(signInChecks.before, { ...signIn, ...nobody } as never)).toEqual(refused);
    expect(refusals(stepUpChecks.before, { ...stepUp, ...nobody } as never)).toEqual(refused);
    expect(refusals(stepUpChecks.after, { ...stepUp, ...nobody } as never)).toEqual([inactive]);
  });

  test('a name that nobody has is answered by nobody, not even by nobody’s key', () => {
    expect(refusals(signInChecks.before.slice(1), { ...signIn, ...nobody, subject: '' } as never)).toHaveLength(1);
    expect(refusals(signInChecks.before.slice(1), { ...signIn, subject: '' })).toHaveLength(1);
  });

  test('a step-up is the caller’s own three times over: begun by them, in this session, and answered by their key', () => {
    const mismatch = [{ code: 'subject_mismatch', facts: {} }];
    expect(refusals(stepUpChecks.before, { ...stepUp, subject: 'subject-bob' })).toEqual(mismatch);
    expect(refusals(stepUpChecks.before, { ...stepUp, holder: holder('bob', CREDENTIAL) })).toEqual(mismatch);
    expect(refusals(stepUpChecks.before, { ...stepUp, terms: { session: 's2' } })).toEqual([
      { code: 'session_mismatch', facts: {} },
    ]);
  });

  test('the state of a suspended key is in the record', () => {
    const suspended = credential('key', { state: 'suspended' });
    expect(refusals(signInChecks.after, { ...signIn, credential: suspended })).toEqual([
      { code: 'credential_not_active', facts: { state: 'suspended' } },
    ]);
  });
});
