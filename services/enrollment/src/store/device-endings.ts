import type { Database, Queryable } from '@countersign/database';

/** A device whose sessions have to end. */
export interface DeviceEnding {
  /** UUID of this piece of work. */
  id: string;
  tenant: string;
  credential: string;
  reason: string;
}

/** The worker's first try comes only if the call right after the commit did not succeed. */
const FIRST_TRY = '3 seconds';

const ADD = {
  name: 'device_ending_add',
  text: `insert into device_ending (id, tenant, credential, reason, due_at)
         values ($1, $2, $3, $4, clock_timestamp() + interval '${FIRST_TRY}')`,
};
const CLAIM = { name: 'device_endings_claim', text: 'select * from claim_device_endings($1)' };
const DONE = { name: 'device_ending_done', text: 'delete from device_ending where tenant = $1 and id = $2' };

/** Work that was promised with a commit and is done outside it; a crash in between only delays it. */
export class DeviceEndings {
  constructor(private readonly database: Database) {}

  /** In the transaction of the change that makes it necessary. */
  async add(tx: Queryable, { id, tenant, credential, reason }: DeviceEnding): Promise<void> {
    await tx.query(ADD, [id, tenant, credential, reason]);
  }

  /** What is due, of all tenants; unless told done it becomes due again later. */
  async claim(limit: number): Promise<DeviceEnding[]> {
    return (await this.database.query<DeviceEnding>(CLAIM, [limit])).rows;
  }

  async done({ tenant, id }: DeviceEnding): Promise<void> {
    await this.database.inTenant(tenant, (tx) => tx.query(DONE, [tenant, id]));
  }
}
