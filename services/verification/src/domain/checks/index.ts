import type { Shown, SignInAttempt, StepUpAttempt } from '../attempt.js';
import { checkAssured } from './assured.js';
import { checkCallersOwn } from './callers-own.js';
import { checkCredentialActive } from './credential-active.js';
import { checkCredentialKnown } from './credential-known.js';
import { checkPersonNamed } from './person-named.js';
import type { Rule } from './rule.js';
import { checkSameSession } from './same-session.js';

/**
 * Around the standard's own list of what an assertion must satisfy (libs/webauthn, `authenticationChecks`): who may
 * answer, before it; whether the key may still be used and is good enough, after it. docs/protocols/ceremony.md holds both as a table.
 */
export interface CheckLists<Attempt> {
  before: readonly Rule<Attempt>[];
  after: readonly Rule<Attempt & Shown>[];
}

export const signInChecks: CheckLists<SignInAttempt> = {
  before: [checkCredentialKnown, checkPersonNamed],
  after: [checkCredentialActive, checkAssured],
};

export const stepUpChecks: CheckLists<StepUpAttempt> = {
  before: [checkSameSession, checkCredentialKnown, checkCallersOwn],
  after: [checkCredentialActive, checkAssured],
};
