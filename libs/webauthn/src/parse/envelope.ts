import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { decodeField } from './base64url.js';

const CLAUSE = 'WebAuthn L3 §5.1';
const CODE = 'credential_malformed';

/** The outside of a credential in its `toJSON()` form; extension outputs and attachment are tolerated and not believed. */
export interface Envelope {
  /** base64url, equal to `rawId`. */
  id: string;
  /** Members of `response`, not yet looked at. */
  response: Record<string, unknown>;
}

export type JsonObject = Record<string, unknown>;

const malformed = (field: string): Malformed => new Malformed(CODE, CLAUSE, { field });

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Malformed `credential_malformed` */
export function parseEnvelope(credential: unknown): Envelope {
  if (!isObject(credential)) throw malformed('credential');
  if (credential['type'] !== 'public-key') throw malformed('type');
  const { id, rawId, response } = credential;
  decodeField(id, { name: 'id', maxBytes: LIMITS.credentialId, code: CODE, clause: CLAUSE });
  if (typeof id !== 'string' || id.length === 0 || rawId !== id) throw malformed('rawId');
  if (!isObject(response)) throw malformed('response');
  return { id, response };
}

/** Transports as the browser named them; unknown names are kept (WebAuthn L3 §5.2.1), an absent list is empty. */
export function parseTransports(value: unknown): string[] {
  if (value === undefined) return [];
  const fits = (item: unknown): item is string => typeof item === 'string' && item.length <= LIMITS.transportLength;
  if (!Array.isArray(value) || value.length > LIMITS.transports || !value.every(fits)) throw malformed('transports');
  return [...new Set(value)];
}
