import { randomBytes } from 'node:crypto';
import { canonicalBytes, refuse } from '@countersign/kernel';

/** What a sealed challenge says to whoever redeems it. */
export interface Challenge {
  /** 128 random bits, hex. */
  id: string;
  tenant: string;
  /** registration, authentication or step_up. */
  purpose: string;
  clientId: string;
  /** UUID, or empty while nobody is named. */
  subject: string;
  /** What the issuer needs back, at most `MAX_CONTEXT_BYTES`. */
  context: Uint8Array;
  /** Unix milliseconds. */
  issuedAt: number;
  expiresAt: number;
}

/** Authenticated encryption under the challenge service's own keys. */
export interface Sealer {
  seal(plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
  /** @throws on bytes it did not make */
  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array;
}

export const MAX_CONTEXT_BYTES = 256;
export const MAX_SEAL_BYTES = 512;

/** What must be named again to open a seal: a challenge of one tenant or purpose never opens as another's. */
export type SealedFor = Pick<Challenge, 'tenant' | 'purpose' | 'clientId'>;

const FIXED_BYTES = 16 + 6 + 6 + 16;

/**
 * Seals a new challenge: AES-256-GCM over `id (16) ‖ issuedAt (6) ‖ expiresAt (6) ‖ subject (16) ‖ context`, with tenant,
 * purpose and client as associated data. Nothing is stored, so issuing costs no write. docs/protocols/ceremony.md.
 *
 * @throws `request_invalid` when the context is longer than 256 bytes
 */
export function sealChallenge(
  sealer: Sealer,
  target: SealedFor,
  content: { subject: string; context: Uint8Array; issuedAt: number; expiresAt: number },
): Uint8Array {
  if (content.context.length > MAX_CONTEXT_BYTES) throw refuse('request_invalid', {}, 'context too long');
  const plaintext = Buffer.alloc(FIXED_BYTES + content.context.length);
  randomBytes(16).copy(plaintext, 0);
  plaintext.writeUIntBE(content.issuedAt, 16, 6);
  plaintext.writeUIntBE(content.expiresAt, 22, 6);
  Buffer.from(content.subject.replaceAll('-', ''), 'hex').copy(plaintext, 28);
  plaintext.set(content.context, FIXED_BYTES);
  return sealer.seal(plaintext, associated(target));
}

/** @throws `challenge_spent` for whatever does not open: who presents it learns nothing more */
export function openChallenge(sealer: Sealer, target: SealedFor, seal: Uint8Array): Challenge {
  const plaintext = Buffer.from(openOrRefuse(sealer, target, seal));
  const subject = plaintext.toString('hex', 28, FIXED_BYTES);
  return {
    ...target,
    id: plaintext.toString('hex', 0, 16),
    issuedAt: plaintext.readUIntBE(16, 6),
    expiresAt: plaintext.readUIntBE(22, 6),
    subject: /^0+$/.test(subject) ? '' : subject.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    context: new Uint8Array(plaintext.subarray(FIXED_BYTES)),
  };
}

function openOrRefuse(sealer: Sealer, target: SealedFor, seal: Uint8Array): Uint8Array {
  if (seal.length > MAX_SEAL_BYTES) throw refuse('challenge_spent');
  try {
    return sealer.open(seal, associated(target));
  } catch {
    throw refuse('challenge_spent');
  }
}

const associated = ({ tenant, purpose, clientId }: SealedFor): Uint8Array =>
  canonicalBytes({ clientId, purpose, tenant, use: 'challenge' });
