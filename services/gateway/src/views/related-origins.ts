import type { TenantSnapshot } from '@countersign/policy';

/**
 * `/.well-known/webauthn` of a tenant (WebAuthn L3 §5.11): the very origins its ceremonies accept, of all its applications.
 * Browsers ask for it only where https is spoken; key hashes of native applications have no place in it.
 */
export const relatedOriginsView = ({ applications }: TenantSnapshot): { origins: string[] } => ({
  origins: [...new Set(applications.flatMap(({ origins }) => origins))]
    .filter((origin) => origin.startsWith('https:'))
    .sort(),
});
