import type { Database } from '@countersign/database';
import type { CountStore, HashedCount, Total } from '../limits/shared-counts.js';

const ADD = { name: 'rate_add', text: 'select * from rate_add($1, $2, $3, $4)' };
const FORGET = { name: 'rate_forget', text: 'select rate_forget()' };
const SALT = { name: 'rate_salt_today', text: 'select rate_salt_today($1) as salt' };

/** Counters and salt in PostgreSQL, one statement each. */
export class PgRateStore implements CountStore {
  constructor(private readonly database: Database) {}

  async add(counts: HashedCount[]): Promise<Total[]> {
    const { rows } = await this.database.query<{ key: Buffer; window_number: bigint; total: bigint }>(ADD, [
      counts.map(({ hash }) => Buffer.from(hash, 'hex')),
      counts.map(({ window }) => window),
      counts.map(({ count }) => count),
      counts.map(({ seconds }) => seconds),
    ]);
    return rows.map(({ key, window_number, total }) => ({
      hash: key.toString('hex'),
      window: Number(window_number),
      count: Number(total),
    }));
  }

  async forget(): Promise<void> {
    await this.database.query(FORGET);
  }

  today = async (fresh: Uint8Array): Promise<Uint8Array> => {
    const { rows } = await this.database.query<{ salt: Buffer }>(SALT, [Buffer.from(fresh)]);
    return rows[0]!.salt;
  };
}
