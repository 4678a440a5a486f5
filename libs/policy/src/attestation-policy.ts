import { z } from 'zod';
import { distinct } from './distinct.js';

const once = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** How a new credential has to be vouched for. */
export const attestationPolicy = z.strictObject({
  /** Levels that are accepted; a better one than listed is accepted too. */
  accept: distinct(z.enum(['none', 'self', 'anchored']), 'a kind').default(['none', 'self', 'anchored']),
  /** Trust anchors, base64 DER. */
  anchors: z.array(z.base64().min(1).max(8_192)).max(64).default([]),
  /** Sets of anchors that ship with the platform or that the installation adds, by name: `apple`, `android`. */
  anchorSets: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is not the name of a set'))
    .max(16)
    .refine(once, 'names a set twice')
    .default([]),
  /** Whether a TPM may sign its statement with SHA-1, as most Windows computers do; a credential never may. */
  sha1Statements: z.boolean().default(false),
  /**
   * Hours after which a list of revoked Android attestation keys that could not be read again, or whose file nobody wrote
   * again, is too old: a tenant that accepts attested authenticators only then enrolls no Android device. It is looked at
   * twice an hour at least. Only where the installation has such a list.
   */
  statusStaleAfterHours: z.number().int().min(1).max(8_760).default(24),
  /** How many statements of a `compound` attestation must be good. */
  compound: z.union([z.literal('all'), z.number().int().min(1).max(8)]).default('all'),
  /** Models (AAGUID) whose serial numbers are asked for: enterprise attestation. */
  enterprise: z.array(z.guid().toLowerCase()).max(256).refine(once, 'names a model twice').default([]),
});

export type AttestationPolicy = z.output<typeof attestationPolicy>;
