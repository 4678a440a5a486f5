import { expectThat, refuseFaults, type Fault } from './fault.js';
import { isRpId, nameFaults } from './names.js';

export interface NewTenant {
  /** Stands in the issuer of every token, so it never changes. */
  slug: string;
  name: string;
  rpId: string;
}

const SLUG = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])$/;

/** @throws `tenant_invalid` naming each wrong member */
export function checkTenant({ slug, name, rpId }: NewTenant): void {
  const faults: Fault[] = [
    ...expectThat(
      SLUG.test(slug),
      'slug',
      '2 to 40 lower-case letters, digits and hyphens; begins with a letter, does not end with a hyphen',
    ),
    ...nameFaults(name),
    ...expectThat(isRpId(rpId), 'rpId', 'a lower-case domain name without scheme or port, e.g. bank.example'),
  ];
  refuseFaults('tenant_invalid', faults);
}
