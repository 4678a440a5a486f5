import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';

const LIMIT_MS = 60_000;
/** The control plane itself follows nobody. */
const FOLLOWERS = SERVICES.filter((service) => service !== 'tenant');

/** How far the service that is furthest behind still has to go. */
const BEHIND = `
  select (select max(sequence) from tenant.signed_snapshot) - min(held) as behind
    from (${FOLLOWERS.map((service) => `select coalesce(max(sequence), 0) as held from ${service}.snapshot`).join(' union all ')}) each`;

/**
 * Waits until every service holds what the control plane has said so far.
 * @param adminUrl a superuser in the installation's database
 * @throws Error when one of them does not follow within a minute
 */
export async function untilHeld(adminUrl: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    for (const end = Date.now() + LIMIT_MS; ; await sleep(20)) {
      const { rows } = await client.query<{ behind: string }>(BEHIND);
      if (Number(rows[0]!.behind) <= 0) return;
      if (Date.now() > end) throw new Error(`a service is ${rows[0]!.behind} changes behind the control plane`);
    }
  });
}
