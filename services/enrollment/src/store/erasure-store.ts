import type { Database, Queryable } from '@countersign/database';
import { isUuid } from '@countersign/kernel';

/** An erasure as whoever asked for it may know it. */
export interface StoredErasure {
  id: string;
  tenant: string;
  /** The tenant's id of the person. */
  subject: string;
  /** Services that said that nothing is left. */
  confirmed: string[];
  /** Sessions of some device are still to be ended. */
  endsDevices: boolean;
  requestedAt: Date;
  completedAt: Date | undefined;
}

interface ErasureRow {
  id: string;
  tenant: string;
  subject: string;
  confirmed: string[];
  ends_devices: boolean;
  requested_at: Date;
  completed_at: Date | null;
}

const COLUMNS = `e.id, e.tenant, e.subject, e.confirmed, e.requested_at, e.completed_at,
  exists (select from device_ending d where d.erasure = e.id) as ends_devices`;
const ERASE = { name: 'erase_person', text: 'select erase_person($1, $2, $3) as devices' };
const FIND = { name: 'erasure_find', text: `select ${COLUMNS} from erasure e where e.tenant = $1 and e.id = $2` };
const OF = { name: 'erasure_of', text: `select ${COLUMNS} from erasure e where e.tenant = $1 and e.subject = $2` };
const CONFIRM = { name: 'erasure_confirm', text: 'select erasure_confirm($1, $2, $3)' };
const COMPLETE = { name: 'erasure_complete', text: 'select * from erasure_complete($1, $2)' };
const OVERDUE = { name: 'erasures_overdue', text: 'select * from erasures_overdue($1::interval, $2)' };
const SWEEP = { name: 'erasure_sweep', text: 'select erasure_sweep()' };

/** Erasures, from the order to the last confirmation. */
export class ErasureStore {
  /** How many devices went with the person; undefined when there is no such person. */
  async erase(tx: Queryable, tenant: string, subject: string, erasure: string): Promise<number | undefined> {
    const { rows } = await tx.query<{ devices: number | null }>(ERASE, [tenant, subject, erasure]);
    return rows[0]!.devices ?? undefined;
  }

  async find(tx: Queryable, tenant: string, id: string): Promise<StoredErasure | undefined> {
    if (!isUuid(id)) return undefined;
    return erasureOf((await tx.query<ErasureRow>(FIND, [tenant, id])).rows[0]);
  }

  async ofSubject(tx: Queryable, tenant: string, subject: string): Promise<StoredErasure | undefined> {
    return erasureOf((await tx.query<ErasureRow>(OF, [tenant, subject])).rows[0]);
  }

  /** @param told tenant and pseudonym, by the same source */
  async confirm(tx: Queryable, source: string, told: readonly { tenant: string; subject: string }[]): Promise<void> {
    await tx.query(CONFIRM, [told.map(({ tenant }) => tenant), told.map(({ subject }) => subject), source]);
  }

  /** Completes what waits for nobody any more. */
  async complete(tx: Queryable, sources: readonly string[], limit: number): Promise<{ id: string; tenant: string }[]> {
    return (await tx.query<{ id: string; tenant: string }>(COMPLETE, [sources, limit])).rows;
  }

  async overdue(
    database: Database,
    after: string,
    sources: readonly string[],
  ): Promise<{ erasures: number; missing: string[] }> {
    const { rows } = await database.query<{ erasures: bigint; missing: string[] }>(OVERDUE, [after, sources]);
    return { erasures: Number(rows[0]!.erasures), missing: rows[0]!.missing };
  }

  async sweep(database: Database): Promise<void> {
    await database.query(SWEEP);
  }
}

const erasureOf = (row: ErasureRow | undefined): StoredErasure | undefined =>
  row && {
    id: row.id,
    tenant: row.tenant,
    subject: row.subject,
    confirmed: row.confirmed,
    endsDevices: row.ends_devices,
    requestedAt: row.requested_at,
    completedAt: row.completed_at ?? undefined,
  };
