import type { Database } from '@countersign/database';
import { sha256 } from '@countersign/kernel';
import type { AssertionStore } from '../ports.js';
import { ASSERTION_SPEND } from './statements.js';

/** Spent assertions in PostgreSQL, by the hash of their `jti`: it comes from outside and may hold anything. */
export class PgAssertionStore implements AssertionStore {
  constructor(private readonly database: Database) {}

  async spend(tenant: string, clientId: string, jti: string, expiresAt: Date): Promise<boolean> {
    const values = [tenant, clientId, Buffer.from(sha256(jti)), expiresAt];
    const { rows } = await this.database.query<{ spent: boolean }>(ASSERTION_SPEND, values);
    return rows[0]!.spent;
  }
}
