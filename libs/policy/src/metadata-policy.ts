import { z } from 'zod';

/** Statuses that condemn a model unless the policy says otherwise (FIDO MDS 3 §3.1.4). */
export const REFUSED_STATUSES = [
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
] as const;

const once = (values: readonly string[]): boolean => new Set(values).size === values.length;
const aaguids = z.array(z.guid().toLowerCase()).max(1_000).refine(once, 'names a model twice');
const statuses = z
  .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'is not a status'))
  .max(32)
  .refine(once, 'names a status twice');

/** Which models of authenticators may be enrolled, and what becomes of enrolled ones whose model no longer may. */
export const metadataPolicy = z.strictObject({
  /** Only models the metadata service lists, proven by attestation. */
  required: z.boolean().default(false),
  /** Effective statuses that condemn a model. */
  refuse: statuses.default([...REFUSED_STATUSES]),
  /** Least certification; a model without an entry has none. */
  leastCertification: z
    .enum([
      'FIDO_CERTIFIED',
      'FIDO_CERTIFIED_L1',
      'FIDO_CERTIFIED_L1plus',
      'FIDO_CERTIFIED_L2',
      'FIDO_CERTIFIED_L2plus',
      'FIDO_CERTIFIED_L3',
      'FIDO_CERTIFIED_L3plus',
    ])
    .optional(),
  /** Days past the promised next issue after which a tenant that accepts attested authenticators only enrolls none. */
  staleAfterDays: z.number().int().min(0).max(365).default(30),
  /** What becomes of enrolled devices whose model is condemned: `list` only shows them. */
  onChange: z.enum(['suspend', 'flag', 'list']).default('suspend'),
  /** Models by AAGUID, whether or not metadata knows them. Without `allow` all are allowed but the denied ones. */
  aaguids: z.strictObject({ allow: aaguids.optional(), deny: aaguids.default([]) }).prefault({}),
});

export type MetadataPolicy = z.output<typeof metadataPolicy>;
