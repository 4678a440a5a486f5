import type { Database } from '@countersign/database';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { OUTLIVED_BY, type IssuerKey, type IssuerShelf, type NameInUse } from '@countersign/keys';
import { tenantOfKey } from '../domain/key-names.js';
import { ISSUER_KEY_LIST, ISSUER_KEY_NAMES, ISSUER_KEY_PUT } from './statements.js';

/** A commit may become visible a moment after a later one: what was put this long before is looked at again. */
const OVERLAP_MS = 60_000;

interface KeyRow {
  kid: string;
  name: string;
  x: string;
  y: string;
  certificate: string;
  certified_by: string;
  created_at: Date;
  not_after: Date;
}

/** Issuer keys of all replicas in PostgreSQL. */
export class PgIssuerShelf implements IssuerShelf {
  private since = new Date(0);

  /** @param isToken whether tokens are signed with keys of this name: for what else stands in the table, no key is ever made */
  constructor(
    private readonly database: Database,
    private readonly isToken: (name: string) => boolean,
  ) {}

  async put({ jwk, name, certifiedBy, createdAt, notAfter }: IssuerKey, usedAt: Date): Promise<void> {
    const { kid, x, y, certificate } = jwk;
    const values = [tenantOf(name), name, kid, x, y, certificate, certifiedBy, createdAt, notAfter, usedAt];
    await this.database.query(ISSUER_KEY_PUT, values);
  }

  async list(name: string): Promise<IssuerKey[]> {
    const { rows } = await this.database.query<KeyRow>(ISSUER_KEY_LIST, [tenantOf(name), name, OUTLIVED_BY]);
    return rows.map(keyOf);
  }

  async inUse(): Promise<NameInUse[]> {
    const { rows } = await this.database.query<{ name: string; used_at: Date; put_at: Date }>(ISSUER_KEY_NAMES, [
      this.since,
    ]);
    const sure = Math.max(...rows.map(({ put_at: at }) => at.getTime())) - OVERLAP_MS;
    if (sure > this.since.getTime()) this.since = new Date(sure);
    return rows.filter(({ name }) => this.isToken(name)).map(({ name, used_at: usedAt }) => ({ name, usedAt }));
  }
}

const tenantOf = (name: string): string => tenantOfKey(name) ?? PLATFORM_TENANT;

const keyOf = (row: KeyRow): IssuerKey => ({
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: row.x,
    y: row.y,
    kid: row.kid,
    alg: 'ES256',
    use: 'sig',
    certificate: row.certificate,
  },
  name: row.name,
  certifiedBy: row.certified_by,
  createdAt: row.created_at,
  notAfter: row.not_after,
});
