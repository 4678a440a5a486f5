import { localProblem, CountersignProblem } from './problem.js';
import { signInOnce } from './sign-in.js';
import { passkeySupport } from './support.js';
import type { Transport } from './transport.js';
import type { SignedIn } from './types.js';

/** A challenge of the platform lives five minutes; a page may stay open for an hour. */
const RENEW_AFTER_MS = 4 * 60_000;

/**
 * Offers passkeys in the autofill of an `<input autocomplete="username webauthn">` until the person picks one.
 * The challenge is renewed while the page waits.
 *
 * @param signal withdraws the offer: abort it when the page goes away or before another ceremony begins
 * @throws CountersignProblem `ceremony_aborted` when withdrawn, `passkeys_unsupported` where there is no autofill
 */
export async function signInByAutofill(transport: Transport, signal?: AbortSignal): Promise<SignedIn> {
  if (!(await passkeySupport()).autofill)
    throw localProblem('passkeys_unsupported', 'This browser offers no passkeys in its autofill.');
  for (;;) {
    const renewal = AbortSignal.timeout(RENEW_AFTER_MS);
    try {
      return await signInOnce(transport, {
        mediation: 'conditional',
        signal: signal ? AbortSignal.any([signal, renewal]) : renewal,
      });
    } catch (error) {
      if (!renewal.aborted || signal?.aborted || !isWithdrawal(error)) throw error;
    }
  }
}

const isWithdrawal = (error: unknown): boolean =>
  error instanceof CountersignProblem && error.code === 'ceremony_aborted';
