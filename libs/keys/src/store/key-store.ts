/** What a key is for. A key never serves both. */
export type KeyUse = 'sign' | 'wrap';

/**
 * `next`: published, not used yet. `active`: the one in use, at most one per name. `retiring`: replaced; what it signed
 * still verifies and what it wrapped still unwraps. `disabled`: refuses every private operation.
 */
export type KeyState = 'next' | 'active' | 'retiring' | 'disabled';

/** One version of a key; nothing of it is secret. */
export interface KeyInfo {
  /** Names the driver that made it: `<driver>:<name>/<version>`, e.g. `file:token/<tenant>/2`. */
  id: string;
  /** E.g. `token/<tenant>`, `caller`, `snapshot`, `kek`. */
  name: string;
  /** From 1, without gaps. */
  version: number;
  use: KeyUse;
  state: KeyState;
  createdAt: Date;
  activatedAt?: Date;
  /** When the next version took its place. */
  retiredAt?: Date;
}

/** Public half of a P-256 signing key as it stands in a JWKS (RFC 7517, RFC 7518 §6.2). `kid` is the key id. */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
  alg: 'ES256';
  use: 'sig';
  /** Of an issuer key: with which a key of the key store vouches for it; see `checkIssuerCertificate`. */
  certificate?: string;
}

/** Who and what a wrapped value belongs to; bound to it as associated data and demanded again to unwrap. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The port to whatever holds private keys. Private halves never leave it.
 * Instances over the same backing agree: a creation or rotation is visible to the others at the latest after one second,
 * and at once to a call that asks for a key they do not know.
 *
 * Every method throws `key_unknown` for an id or name that does not exist.
 */
export interface KeyStore {
  /**
   * ES256 over `data` (SHA-256 inside).
   * @returns raw r‖s, 64 bytes (RFC 7518 §3.4)
   * @throws `key_disabled`, `key_not_active` for a key in state `next`, `key_conflict` for a wrapping key
   */
  sign(keyId: string, data: Uint8Array): Promise<Uint8Array>;
  /** Also of a disabled key: what it signed before stays provable. */
  publicKey(keyId: string): Promise<PublicJwk>;
  /** Makes version 1, active. When the name exists, its active key is the answer: callers in a race get the same key. */
  create(name: string, use: KeyUse): Promise<KeyInfo>;
  /** First step of a rotation: makes the next version, published but not used. One that waits already is the answer. */
  prepare(name: string): Promise<KeyInfo>;
  /** Second step: the version in state `next` becomes active, the active one retiring. Repeating it changes nothing. */
  activate(keyId: string): Promise<KeyInfo>;
  /** For good: there is no way back, so that a leaked key cannot be revived by mistake. */
  disable(keyId: string): Promise<KeyInfo>;
  /** All keys, or those of exactly this name, by name and version. An unknown name has none. */
  list(name?: string): Promise<KeyInfo[]>;
  /**
   * Encrypts up to 4 KiB (a key) under the active version of `name`.
   * @returns `frameWrapped` bytes, which name the key version
   */
  wrap(name: string, plaintext: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
  /** @throws `seal_refused` for changed bytes or another context, `key_disabled` */
  unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
  /** Lets go of what it holds open; nothing is asked of it afterwards. */
  close?(): Promise<void>;
}
