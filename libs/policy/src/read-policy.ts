import { refuse } from '@countersign/kernel';
import type { z } from 'zod';
import { policySchema, type Policy } from './policy.js';

/** 192 KiB: with its applications a tenant's snapshot then stays within `MAX_SNAPSHOT_BYTES`. */
export const MAX_POLICY_BYTES = 192 * 1024;
const ERRORS_TOLD = 50;

/**
 * Reads the text of a policy document. What it leaves out takes the default; what it does not know refuses it.
 *
 * @throws `policy_invalid` whose `errors` name each wrong member by its path, e.g. `risk.bands.1.upTo`
 */
export function readPolicy(text: string): Policy {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) throw invalid('', `is larger than ${MAX_POLICY_BYTES} bytes`);
  const parsed = policySchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw refuse('policy_invalid', { errors: parsed.error.issues.slice(0, ERRORS_TOLD).map(faultOf) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('', 'is not JSON');
  }
}

const invalid = (path: string, message: string): Error => refuse('policy_invalid', { errors: [{ path, message }] });

const faultOf = ({ path, message }: z.core.$ZodIssue): { path: string; message: string } => ({
  path: path.map(String).join('.'),
  message,
});
