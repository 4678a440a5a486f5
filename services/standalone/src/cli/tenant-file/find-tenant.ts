import { setTimeout as sleep } from 'node:timers/promises';
import type { tenant } from '@countersign/contracts';
import { isRefusal } from '@countersign/kernel';
import type { Control } from '../../control.js';

const PAGE = 200;
const AGAIN_AFTER_MS = 1_000;

/** Every tenant, in the order of slugs. */
export async function allTenants({ tenant: service, call }: Control): Promise<tenant.Tenant[]> {
  const tenants: tenant.Tenant[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: tenant.ListTenantsResponse = await service.listTenants({ cursor, limit: PAGE }, call());
    tenants.push(...page.tenants);
    cursor = page.nextCursor || undefined;
  }
  return tenants;
}

/** The tenant of a slug, undefined when there is none. */
export const findTenant = async (control: Control, slug: string): Promise<tenant.Tenant | undefined> =>
  (await allTenants(control)).find((each) => each.slug === slug);

/**
 * Waits until the control plane answers: an installation that was just made takes its time.
 * @param forMs milliseconds; 0: the first answer counts
 */
export async function untilReachable({ tenant: service, call }: Control, forMs: number): Promise<void> {
  for (const end = Date.now() + forMs; ;) {
    try {
      await service.listTenants({ cursor: '', limit: 1 }, call());
      return;
    } catch (error) {
      const away = isRefusal(error) && ['unavailable', 'deadline'].includes(error.kind);
      if (!away || Date.now() + AGAIN_AFTER_MS > end) throw error;
    }
    await sleep(AGAIN_AFTER_MS);
  }
}
