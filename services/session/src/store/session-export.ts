import type { session } from '@countersign/contracts';
import type { Database } from '@countersign/database';
import type { SessionRow } from './session-row.js';

const EXPORT = { name: 'session_export', text: 'select * from session_export($1, $2, $3, $4)' };

/** Below every id. */
const FIRST = '00000000-0000-0000-0000-000000000000';

type ExportedRow = SessionRow & {
  begun_at: Date;
  elevated_by: string | null;
  elevated_begun_at: Date | null;
  refreshed: number;
  ended_at: Date | null;
  end_reason: string | null;
};

/** Everything a row of `session` says of a person; hashes of what opens it are left out. */
export class SessionExport {
  constructor(private readonly database: Database) {}

  /** @param after id of the last one of the page before, or `''` */
  async page(tenant: string, subject: string, after: string, limit: number): Promise<session.ExportedSession[]> {
    const values = [tenant, subject, after || FIRST, limit];
    return (await this.database.query<ExportedRow>(EXPORT, values)).rows.map(exported);
  }
}

const instant = (at: Date | null): string => at?.toISOString() ?? '';

const exported = (row: ExportedRow): session.ExportedSession => ({
  id: row.id,
  client: row.client_id,
  device: row.credential,
  begunAt: instant(row.begun_at),
  platform: row.platform,
  acr: row.acr,
  amr: row.amr,
  authTime: row.auth_time,
  elevatedBy: row.elevated_by ?? '',
  elevatedBegunAt: instant(row.elevated_begun_at),
  kind: row.cookie_hash ? 'cookie' : 'token',
  refreshed: row.refreshed,
  createdAt: instant(row.created_at),
  lastActiveAt: instant(row.last_active_at),
  endedAt: instant(row.ended_at),
  endReason: row.end_reason ?? '',
  jkt: row.jkt ?? '',
});
