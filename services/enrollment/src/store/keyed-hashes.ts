import { randomBytes } from 'node:crypto';
import type { Database } from '@countersign/database';
import { canonicalBytes } from '@countersign/kernel';
import { KeyedHash, type KeyStore } from '@countersign/keys';

export const KEYED_HASH_CONTEXT = { purpose: 'enrollment keyed hash' };
const READ = { name: 'keyed_hash_secret_read', text: 'select wrapped from keyed_hash_secret' };
const ADD = {
  name: 'keyed_hash_secret_add',
  text: 'insert into keyed_hash_secret (wrapped) values ($1) on conflict do nothing',
};

/** Hashes of what could be guessed: useless without a secret that only the key store can unwrap. */
export class KeyedHashes {
  private readonly references: KeyedHash;
  private readonly pins: KeyedHash;
  private readonly requests: KeyedHash;
  private readonly decoys: KeyedHash;

  constructor(secret: Uint8Array) {
    this.references = new KeyedHash(secret, 'subject reference');
    this.pins = new KeyedHash(secret, 'ticket pin');
    this.requests = new KeyedHash(secret, 'idempotent request');
    this.decoys = new KeyedHash(secret, 'decoy');
  }

  /** Of the tenant's reference, already in normal form. */
  reference = (tenant: string, reference: string): Buffer => Buffer.from(this.references.of(tenant, reference));
  /** Bound to its ticket: the same PIN of another ticket has another hash. */
  pin = (ticketHash: Uint8Array, pin: string): Buffer => Buffer.from(this.pins.of(ticketHash, pin));
  request = (body: object): Buffer => Buffer.from(this.requests.of(canonicalBytes(body)));
  decoy = (...parts: (string | Uint8Array)[]): Uint8Array => this.decoys.of(...parts);
}

/** Makes the secret once over all replicas (the first insert stays) and opens it. */
export async function openKeyedHashes(database: Database, keys: KeyStore): Promise<KeyedHashes> {
  const stored = async (): Promise<Buffer | undefined> =>
    (await database.query<{ wrapped: Buffer }>(READ)).rows[0]?.wrapped;
  let wrapped = await stored();
  if (!wrapped) {
    const made = await keys.wrap('kek', randomBytes(32), KEYED_HASH_CONTEXT);
    await database.query(ADD, [Buffer.from(made)]);
    wrapped = await stored();
  }
  return new KeyedHashes(await keys.unwrap(wrapped!, KEYED_HASH_CONTEXT));
}
