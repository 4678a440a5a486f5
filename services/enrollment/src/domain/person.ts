import { randomBytes } from 'node:crypto';
import { randomSecret } from '@countersign/kernel';

/** A subject of a tenant, as far as every flow needs to know it. Nothing here is personal. */
export interface Person {
  /** UUID. */
  tenant: string;
  /** UUID. */
  subject: string;
  /** Random, names the person in events. */
  pseudonym: string;
  /** WebAuthn user id: 32 random bytes, nothing personal in them (WebAuthn L3 §14.6.1); imported ones have 1 to 64. */
  userHandle: Uint8Array;
  /** Data key wrapped by the tenant key. */
  wrappedDataKey: Uint8Array;
}

/** `p_` and 128 random bits. */
export const newPseudonym = (): string => `p_${randomSecret(16)}`;
export const newUserHandle = (): Uint8Array => new Uint8Array(randomBytes(32));
