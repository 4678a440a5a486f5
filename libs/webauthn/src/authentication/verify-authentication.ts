import { runChecks } from '@countersign/kernel';
import { refusing } from '../malformed.js';
import type { AuthenticationInput, AuthenticationResult } from '../types.js';
import { authenticationChecks } from './checks/index.js';
import { counterVerdict } from './counter.js';
import { readAuthentication } from './proof.js';

/**
 * Judges an assertion (WebAuthn L3 §7.2). Pure: challenge, origins and the stored credential come in, nothing is stored.
 * The counter is looked at after the signature has verified, and its verdict is the caller's to act on.
 * Left to the caller: spending the challenge before, and storing counter and backup state after.
 * Never throws for what came from outside.
 */
export const verifyAuthentication = (input: AuthenticationInput): AuthenticationResult =>
  refusing((): AuthenticationResult => {
    const proof = readAuthentication(input);
    const verdict = runChecks(authenticationChecks, proof);
    if (!verdict.ok) return { ...verdict, clause: verdict.clause ?? '' };
    const { counter, backupState, userVerified } = proof.authData;
    return {
      ok: true,
      counter,
      backupState,
      userVerified,
      counterVerdict: counterVerdict(input.credential.counter, counter),
    };
  });
