import { z } from 'zod';
import { fromBase64Url } from '@countersign/kernel';
import { ANCHOR_SET_NAME } from '../anchors/anchor-sets.js';
import { certificatesOf } from '../anchors/pem.js';
import { ALGORITHMS } from '../crypto/algorithms.js';

/** A member that is `null` is one that is left out. */
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const text = z.string().min(1).max(4096);
const flag = optional(z.boolean()).transform((value) => value ?? false);

const bytes = z.string().transform((value, context) => {
  const decoded = fromBase64Url(value);
  if (!decoded) context.addIssue({ code: 'custom', message: 'is not base64url without padding' });
  return decoded ?? z.NEVER;
});

const certificates = z.string().transform((pem, context) => {
  try {
    return certificatesOf(pem);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' });
    return z.NEVER;
  }
});

const RFC_3339 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?<zone>Z|[+-]\d\d:\d\d)?)?$/;
/** Numbers below this are seconds; in milliseconds they would lie before March 1973. */
const SECONDS_UP_TO = 1e11;

function dateOf(value: string | number): Date | undefined {
  if (typeof value === 'number') return new Date(value < SECONDS_UP_TO ? value * 1000 : value);
  const match = RFC_3339.exec(value);
  if (!match) return undefined;
  const utc = value.includes('T') && !match.groups?.['zone'] ? `${value}Z` : value;
  return new Date(utc);
}

/** RFC 3339, or Unix time in milliseconds or seconds. Text without a zone is UTC. */
const instant = z.union([z.string(), z.number()]).transform((value, context) => {
  const date = dateOf(value);
  if (date && !Number.isNaN(date.getTime())) return date;
  context.addIssue({ code: 'custom', message: 'is neither RFC 3339 nor Unix time' });
  return z.NEVER;
});

const levels = z.array(z.enum(['none', 'self', 'anchored'])).min(1);

/** The `attestation` of a tenant's policy, and what only a recorded case can ask for. What it does not know refuses it. */
export const recordedPolicy = z.strictObject({
  /** Accepted levels of trust; a better one than listed is accepted too. */
  accept: optional(levels).transform((value) => value ?? ['none' as const, 'self' as const, 'anchored' as const]),
  /** What a chain that leads to no anchor is: refused, or worth as much as none. */
  untrusted: optional(z.enum(['refuse', 'none'])).transform((value) => value ?? 'refuse'),
  /** Also the rules beyond the standard that the platform keeps. */
  strict: flag,
  /** Whether a TPM's statement may be signed with SHA-1. By the standard's letter it may. */
  sha1Statements: optional(z.boolean()),
  /** How many statements of a `compound` attestation must be good. */
  compound: optional(z.union([z.literal('all'), z.number().int().min(1).max(16)])),
  /** What a counter that did not move leads to. */
  counter: optional(z.enum(['refuse', 'accept'])).transform((value) => value ?? 'refuse'),
  /** Names of sets that ship with the library, beside the case's anchors. */
  anchorSets: optional(z.array(z.string().regex(ANCHOR_SET_NAME)).max(16)).transform((value) => value ?? []),
});

const credentialReference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

/** The credential an assertion is judged by, as it was stored. */
const recordedCredential = z.object({
  id: text,
  /** COSE_Key. */
  publicKey: bytes,
  counter: optional(z.number().int().min(0).max(0xffffffff)).transform((value) => value ?? 0),
  backupEligible: flag,
  backupState: flag,
  userHandle: optional(z.string()),
});

/**
 * One recorded ceremony and what it is to be judged by. Members it does not know are notes of whoever recorded it; those
 * of a policy are not, for a rule that is passed over in silence would be believed to hold.
 */
export const recordedCase = z
  .object({
    id: z.union([z.string().max(256), z.number()]),
    kind: z.enum(['registration', 'authentication']),
    /** `PublicKeyCredential.toJSON()`. Nothing about its shape is believed. */
    response: z.record(z.string(), z.unknown()),
    challenge: text,
    origins: z.array(text).min(1).max(64),
    rpId: text,
    topOrigins: optional(z.array(text).max(64)).transform((value) => value ?? []),
    userVerification: optional(z.enum(['required', 'preferred', 'discouraged'])).transform(
      (value) => value ?? 'required',
    ),
    algorithms: optional(z.array(z.number().int()).max(64)).transform((value) => value ?? [...ALGORITHMS.keys()]),
    now: optional(instant),
    anchors: optional(z.array(certificates).max(256)).transform((value) => value?.flat() ?? []),
    allowCredentials: optional(z.array(credentialReference).max(1024)).transform((value) => value ?? []),
    policy: optional(recordedPolicy).transform((value) => value ?? recordedPolicy.parse({})),
    credential: optional(recordedCredential),
  })
  .refine(({ kind, credential }) => kind === 'registration' || credential !== undefined, {
    path: ['credential'],
    message: 'is needed to judge an authentication',
  });

export type RecordedCase = z.output<typeof recordedCase>;
