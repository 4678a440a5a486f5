import type { EncryptionContext, KeyUse } from './key-store.js';

/** Why a version refuses every private operation. */
export type Halt = 'disabled' | 'deletion';

/** One version of a key as the place that holds it tells of it. What it is in its life follows from all of its name. */
export interface HeldKey {
  name: string;
  /** From 1, without gaps. */
  version: number;
  use: KeyUse;
  createdAt: Date;
  /** When it was put into use; absent while it waits. */
  activatedAt?: Date;
  halt?: Halt;
  /** The engine's own name of it: an ARN, an object id, an address. */
  ref: string;
}

/** A version to be made. `activatedAt` is told of the first one, which is used at once. */
export type NewKey = Pick<HeldKey, 'name' | 'version' | 'use' | 'activatedAt'>;

/** Coordinates of a P-256 point, base64url of 32 bytes each (RFC 7518 §6.2.1). */
export interface Point {
  x: string;
  y: string;
}

/** What a wrapped value is bound to: the header in front of it, which names the key, and the context. */
export interface Binding {
  header: Uint8Array;
  context: EncryptionContext;
}

/**
 * What a vendor's store of keys has to be able to do; `EngineKeyStore` makes the port of it. Every step of a key's life
 * is one write here, so that a crash leaves a key either before it or after it.
 *
 * All methods throw `key_store_unavailable` when the store does not answer within its deadline, `key_store_denied`
 * when it does not let us, `key_disabled` and `key_pending_deletion` when it says so of a key.
 */
export interface KeyEngine {
  /** In front of every key id, e.g. `pkcs11`. */
  readonly driver: string;
  /**
   * How old a listing may be that a private operation relies on, milliseconds. More than a second only where the store
   * itself refuses keys that are disabled.
   */
  readonly trustMs: number;
  /** Versions of exactly this name, in any order; none for an unknown one. */
  versions(name: string): Promise<HeldKey[]>;
  /** Names of all keys of this installation. */
  names(): Promise<string[]>;
  /** Makes a version unless it is there already; then that one stands. */
  make(key: NewKey): Promise<void>;
  activate(key: HeldKey, at: Date): Promise<void>;
  disable(key: HeldKey, at: Date): Promise<void>;
  /** ECDSA over a SHA-256 hash. @returns raw r‖s, 64 bytes */
  sign(key: HeldKey, digest: Uint8Array): Promise<Uint8Array>;
  /** Also of a halted key. */
  publicKey(key: HeldKey): Promise<Point>;
  wrap(key: HeldKey, plaintext: Uint8Array, binding: Binding): Promise<Uint8Array>;
  /** @throws `seal_refused` */
  unwrap(key: HeldKey, body: Uint8Array, binding: Binding): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** Runs `work` while nobody else changes the keys of `name`: in this process, or in any that shares what guards it. */
export type Exclusively = <T>(name: string, work: () => Promise<T>) => Promise<T>;
