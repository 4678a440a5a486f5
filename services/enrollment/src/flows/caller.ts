import { isUuid, refuse, type Code } from '@countersign/kernel';
import { identityOf, type Call } from '@countersign/platform';
import type { Parts } from '../parts.js';

const missing = (scope: string): Code => (scope.startsWith('subjects:') ? 'subject_scope_missing' : 'scope_missing');

/** A tenant's server, or an operator of the installation at the command line. */
export interface ServerCaller {
  tenant: string;
  client: string;
}

/**
 * Whose behalf a server's method is called on. The command line names the tenant by slug or id; for everyone else the
 * caller token decides, and a tenant in the request is refused.
 *
 * @throws `subject_scope_missing` or `scope_missing` for a person's token and for a server's without the scope
 */
export function serverOf(parts: Pick<Parts, 'snapshots'>, call: Call, scope: string, tenant = ''): ServerCaller {
  if (call.caller === 'cli') {
    const { snapshots } = parts;
    const snapshot = isUuid(tenant) ? snapshots.byTenant(tenant) : snapshots.bySlug(tenant);
    return { tenant: snapshot.tenant, client: 'cli' };
  }
  if (tenant !== '')
    throw refuse('request_invalid', { errors: [{ path: 'tenant', message: 'is decided by the token' }] });
  const { person, scopes, tenant: own, clientId } = identityOf(call);
  if (person || !scopes.includes(scope)) throw refuse(missing(scope));
  return { tenant: own, client: clientId };
}
