import type { Database } from '@countersign/database';
import type { DisabledKeyStore } from '../ports.js';

const ALL = { name: 'disabled_keys', text: 'select key from disabled_key' };
const ADD = { name: 'disabled_key_add', text: 'insert into disabled_key (key) values ($1) on conflict do nothing' };

export class PgDisabledKeys implements DisabledKeyStore {
  constructor(private readonly database: Database) {}

  async all(): Promise<string[]> {
    return (await this.database.query<{ key: string }>(ALL)).rows.map(({ key }) => key);
  }

  async add(key: string): Promise<void> {
    await this.database.query(ADD, [key]);
  }
}
