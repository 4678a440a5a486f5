import { randomBytes } from 'node:crypto';
import type { Database } from '@countersign/database';
import { uuidv7 } from '@countersign/kernel';
import { SealingKeyring, isOfTheKey, readWrapped, type KeyStore } from '@countersign/keys';

const KEK = 'kek';
const CONTEXT = { purpose: 'challenge sealing key' };
const LIST = {
  name: 'sealing_keys',
  text: `select id, wrapped, extract(epoch from clock_timestamp() - created_at)::float8 as age
    from sealing_key order by created_at desc, id desc limit 3`,
};
const ADD = { name: 'sealing_key_add', text: 'select sealing_key_add($1, $2, $3)' };
/** How often replicas look for keys that others added, seconds. */
export const REFRESH_SECONDS = 5 * 60;
/** A key seals for a day; the one before it stays until everything it sealed has expired. */
const ROTATE_AFTER = 86_400;
/** A new key opens at once and seals when every replica has had two chances to learn of it. */
const SEALS_AFTER = 2 * REFRESH_SECONDS + 60;

interface Row {
  id: string;
  wrapped: Buffer;
  /** Seconds. */
  age: number;
}

interface Opened extends Row {
  secret: Uint8Array;
}

/**
 * The keys that seal challenges, shared by all replicas through the database and wrapped by the key store.
 * Held in memory: issuing and redeeming make no call to the key store, and go on with what is held while it is away.
 */
export class SealingKeys {
  private ring: SealingKeyring | undefined;
  private readonly secrets = new Map<string, Uint8Array>();

  constructor(
    private readonly database: Database,
    private readonly keys: KeyStore,
  ) {}

  /**
   * Holds the newest keys, and adds one when the newest is a day old or not under the wrapping key in use: one replica's
   * insert wins.
   * @throws what the key store throws; what could be opened is held all the same
   */
  async refresh(): Promise<void> {
    const rows = await this.rows();
    try {
      const opened = await this.opened(rows);
      if (await this.isDue(opened)) await this.add(opened[0]?.age ?? rows[0]?.age);
    } finally {
      await this.hold();
    }
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
    return this.held().seal(plaintext, aad);
  }

  open(sealed: Uint8Array, aad: Uint8Array): Uint8Array {
    return this.held().open(sealed, aad);
  }

  private async rows(): Promise<Row[]> {
    return (await this.database.query<Row>(LIST)).rows;
  }

  private async isDue([newest]: Opened[]): Promise<boolean> {
    if (!newest || newest.age > ROTATE_AFTER) return true;
    const active = (await this.keys.list(KEK)).find(({ state }) => state === 'active');
    return active !== undefined && readWrapped(newest.wrapped).keyId !== active.id;
  }

  /** Unless another replica has added one since the newest that is not good enough, which is so old. */
  private async add(age = ROTATE_AFTER): Promise<void> {
    const fresh = await this.keys.wrap(KEK, randomBytes(32), CONTEXT);
    const since = `${Math.max(0, age - 1)} seconds`;
    await this.database.query(ADD, [uuidv7(), fresh, since]);
  }

  private async hold(): Promise<void> {
    const rows = await this.rows();
    const opened = await this.opened(rows);
    const kept = new Set(rows.map(({ id }) => id));
    for (const id of this.secrets.keys()) if (!kept.has(id)) this.secrets.delete(id);
    const sealing = opened.find(({ age }) => age > SEALS_AFTER) ?? opened.at(-1);
    if (!sealing) return;
    const others = opened.filter((key) => key !== sealing).map(({ secret }) => secret);
    this.ring = new SealingKeyring(sealing.secret, others);
  }

  /** Those that can be opened, the newest first. Each is asked of the key store once. */
  private async opened(rows: readonly Row[]): Promise<Opened[]> {
    const secrets = await Promise.all(rows.map((row) => this.secretOf(row)));
    return rows.flatMap((row, index) => (secrets[index] ? [{ ...row, secret: secrets[index] }] : []));
  }

  private async secretOf({ id, wrapped }: Row): Promise<Uint8Array | undefined> {
    const known = this.secrets.get(id);
    if (known) return known;
    try {
      const secret = await this.keys.unwrap(wrapped, CONTEXT);
      this.secrets.set(id, secret);
      return secret;
    } catch (error) {
      // One that cannot be opened is as if it were not there.
      if (isOfTheKey(error)) return undefined;
      throw error;
    }
  }

  private held(): SealingKeyring {
    if (!this.ring) throw new Error('sealing keys are used before they were loaded');
    return this.ring;
  }
}
