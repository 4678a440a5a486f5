import { canonicalBytes, refuse } from '@countersign/kernel';
import type { BoundAction, UserVerification } from '../ports.js';

/** What a sign-in was begun with; sealed into its challenge, so that the client cannot change it. */
export interface SignInTerms {
  /** A user name was given. Then only that person may answer, and nobody if the name is nobody's. */
  named: boolean;
  userVerification: UserVerification;
}

/** What a step-up was begun with. */
export interface StepUpTerms {
  session: string;
  /** Absent: the session itself is to be raised. */
  action?: BoundAction;
}

/**
 * Canonical JSON with members of one letter, because the seal carries at most 256 bytes:
 * `{"n":…,"u":…}` for a sign-in, `{"a":…,"h":…,"s":…}` for a step-up (docs/protocols/ceremony.md).
 */
export const sealSignIn = ({ named, userVerification }: SignInTerms): Uint8Array =>
  canonicalBytes({ n: named, u: userVerification });

export const sealStepUp = ({ session, action }: StepUpTerms): Uint8Array =>
  canonicalBytes({ s: session, ...(action && { a: action.name, h: action.hash }) });

/** @throws `challenge_spent` for terms this version does not know; only an upgrade in mid-ceremony leads there */
export function openSignIn(context: Uint8Array): SignInTerms {
  const { n: named, u: userVerification } = members(context);
  if (typeof named !== 'boolean' || !isUserVerification(userVerification)) throw refuse('challenge_spent');
  return { named, userVerification };
}

/** @throws `challenge_spent` as above */
export function openStepUp(context: Uint8Array): StepUpTerms {
  const { s: session, a: name, h: hash } = members(context);
  if (typeof session !== 'string') throw refuse('challenge_spent');
  return typeof name === 'string' && typeof hash === 'string' ? { session, action: { name, hash } } : { session };
}

const isUserVerification = (value: unknown): value is UserVerification => value === 'required' || value === 'preferred';

/** The bytes are our own, authenticated by the seal: what is not JSON here was written by another version. */
function members(context: Uint8Array): Record<string, unknown> {
  try {
    const value = JSON.parse(Buffer.from(context).toString('utf8')) as Record<string, unknown> | null;
    if (value) return value;
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw refuse('challenge_spent');
}
