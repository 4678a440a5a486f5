import { refuse } from '@countersign/kernel';
import { parsePolicy, type Policy } from '@countersign/policy';
import type { CallerWatch } from '../calls/peers.js';
import { limitNetwork } from '../domain/address.js';
import type { Limit, RateWindows } from '../domain/rate-windows.js';
import { userNameKey } from '../domain/user-name.js';
import type { Exchange } from '../http/exchange.js';

type Limits = Policy['limits'];

/** Before anybody knows whose request it is. */
const DEFAULTS: Limits = parsePolicy({}).limits;
const MINUTE = 60;
/** A tenant's rate is judged over ten seconds, so that a short burst passes. */
const TENANT_SECONDS = 10;

/** Where a tenant's limits stand. */
export interface LimitsOf {
  byTenant(tenant: string): { policy: Pick<Policy, 'limits'> };
}

/**
 * Rate limits by address, user name and tenant, out of the tenant's policy. What is counted follows from the socket and
 * the matched operation, never from path, header or letter case (R9): one count per address over all operations; naming
 * another tenant changes what the count is compared with, not the count. Nothing here locks an account (R7).
 */
export class EdgeLimits implements CallerWatch {
  constructor(
    private readonly windows: RateWindows,
    private readonly policies: LimitsOf,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Every request, before its body is read. A server's calls count for its tenant once session knows it, never on its own
   * word: a stranger who names a bank must not use up the bank's limit. Until then only its failures count, for its address.
   */
  arrived(http: Exchange): void {
    if (isServers(http)) return this.look(failureLimit(http));
    this.take(addressLimit(http));
    if (http.namedClient)
      this.take(tenantLimit(http.namedClient.snapshot.tenant, http.namedClient.snapshot.policy.limits));
  }

  /** A sign-in that names a user. */
  named(http: Exchange, userName: string): void {
    const { tenant, policy } = http.client.snapshot;
    this.take({ key: `user ${userNameKey(tenant, userName)}`, most: policy.limits.perUserPerMinute, seconds: MINUTE });
  }

  /** Who named no application turns out to be a tenant's: its limits apply to the count the request is already part of. */
  known(http: Exchange, tenant: string): void {
    if (http.namedClient && !isServers(http)) return;
    const limits = this.limitsOf(tenant);
    this.take(tenantLimit(tenant, limits));
    const address = addressLimit(http);
    if (!isServers(http)) this.look({ ...address, most: Math.min(address.most, limits.perAddressPerMinute) + 1 });
  }

  /** A server's call that was refused before anybody knew whose it is, whatever was wrong with it. */
  failed(http: Exchange): void {
    if (isServers(http) && http.callerTenant === '') this.windows.take(failureLimit(http), this.now());
  }

  private limitsOf(tenant: string): Limits {
    try {
      return this.policies.byTenant(tenant).policy.limits;
    } catch {
      // Session may know a tenant some milliseconds before this replica's snapshot does.
      return DEFAULTS;
    }
  }

  private take(limit: Limit): void {
    admit(this.windows.take(limit, this.now()));
  }

  private look(limit: Limit): void {
    admit(this.windows.wait(limit, this.now()));
  }
}

/** Of operations for both, a bearer token is a server's. */
function isServers({ spec, authorization }: Exchange): boolean {
  const kind = spec?.auth.kind;
  return kind === 'server' || (kind === 'server-or-operator' && authorization !== undefined);
}

const addressLimit = ({ origin, tenant }: Exchange): Limit => ({
  key: `address ${limitNetwork(origin.address)}`,
  most: (tenant?.policy.limits ?? DEFAULTS).perAddressPerMinute,
  seconds: MINUTE,
});

/** Servers that failed to say who they are, apart from the people who come from the same address. */
const failureLimit = ({ origin }: Exchange): Limit => ({
  key: `failures ${limitNetwork(origin.address)}`,
  most: DEFAULTS.perAddressPerMinute,
  seconds: MINUTE,
});

const tenantLimit = (tenant: string, { perTenantPerSecond }: Limits): Limit => ({
  key: `tenant ${tenant}`,
  most: perTenantPerSecond * TENANT_SECONDS,
  seconds: TENANT_SECONDS,
});

function admit(retryAfter: number): void {
  if (retryAfter > 0) throw refuse('rate_limited', { retryAfter });
}
