import type { Session } from '../domain/session.js';

/** A row of `session` as the driver reads it. */
export interface SessionRow {
  id: string;
  tenant: string;
  subject: string;
  pseudonym: string;
  client_id: string;
  credential: string;
  platform: string;
  acr: string;
  amr: string[];
  auth_time: bigint;
  cookie_hash: Buffer | null;
  jkt: string | null;
  successor: Buffer | null;
  created_at: Date;
  last_active_at: Date;
}

export const sessionOf = (row: SessionRow): Session => ({
  tenant: row.tenant,
  id: row.id,
  subject: row.subject,
  pseudonym: row.pseudonym,
  clientId: row.client_id,
  credential: row.credential,
  platform: row.platform,
  acr: row.acr,
  amr: row.amr,
  authTime: Number(row.auth_time),
  createdAt: row.created_at,
  lastActiveAt: row.last_active_at,
  ...(row.cookie_hash ? { cookieHash: new Uint8Array(row.cookie_hash) } : {}),
  ...(row.jkt === null ? {} : { jkt: row.jkt }),
});
