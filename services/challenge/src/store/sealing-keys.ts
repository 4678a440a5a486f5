import { randomBytes } from 'node:crypto';
import type { Database } from '@countersign/database';
import { uuidv7 } from '@countersign/kernel';
import { SealingKeyring, type KeyStore } from '@countersign/keys';

const KEK = 'kek';
const CONTEXT = { purpose: 'challenge sealing key' };
const LIST = {
  name: 'sealing_keys',
  text: 'select id, wrapped from sealing_key order by created_at desc, id desc limit 2',
};
const ADD = { name: 'sealing_key_add', text: 'select sealing_key_add($1, $2, $3)' };
/** A key seals for a day; the one before it stays until everything it sealed has expired. */
const ROTATE_AFTER = '1 day';

/**
 * The keys that seal challenges, shared by all replicas through the database and wrapped by the key store.
 * Held in memory: issuing and redeeming make no call to the key store.
 */
export class SealingKeys {
  private ring: SealingKeyring | undefined;

  constructor(
    private readonly database: Database,
    private readonly keys: KeyStore,
  ) {}

  /** Adds a key when the newest is a day old (one replica's insert wins), then holds the two newest. */
  async refresh(): Promise<void> {
    const fresh = await this.keys.wrap(KEK, randomBytes(32), CONTEXT);
    await this.database.query(ADD, [uuidv7(), fresh, ROTATE_AFTER]);
    const { rows } = await this.database.query<{ wrapped: Buffer }>(LIST);
    const secrets = await Promise.all(rows.map(({ wrapped }) => this.keys.unwrap(wrapped, CONTEXT)));
    this.ring = new SealingKeyring(secrets[0]!, secrets.slice(1));
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    return this.held().seal(plaintext, aad);
  }

  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array {
    return this.held().open(sealed, aad);
  }

  private held(): SealingKeyring {
    if (!this.ring) throw new Error('sealing keys are used before they were loaded');
    return this.ring;
  }
}
