/** Name of the key that signs caller tokens and grants. */
export const CALLER_KEY = 'caller';

const TOKEN_KEYS = 'token/';

/** Name of a tenant's signing key. */
export const tokenKeyOf = (tenant: string): string => `${TOKEN_KEYS}${tenant}`;

/** The tenant whose signing key this is; undefined for any other key. */
export const tenantOfKey = (name: string): string | undefined =>
  name.startsWith(TOKEN_KEYS) ? name.slice(TOKEN_KEYS.length) : undefined;
