/** Name of the key that signs caller tokens and grants. */
export const CALLER_KEY = 'caller';

const TOKEN_KEYS = 'token/';

/** Name of a tenant's signing key. */
export const tokenKeyOf = (tenant: string): string => `${TOKEN_KEYS}${tenant}`;

/** The tenant whose signing key this is; undefined for any other key. */
export const tenantOfKey = (name: string): string | undefined =>
  name.startsWith(TOKEN_KEYS) ? name.slice(TOKEN_KEYS.length) : undefined;

/** Whether tokens are signed with keys of a name: of callers, or of one of these tenants. */
export const isTokenKeyOf =
  (tenants: { has(tenant: string): boolean }) =>
  (name: string): boolean =>
    name === CALLER_KEY || tenants.has(tenantOfKey(name) ?? '');
