import { sha256 } from '@countersign/kernel';
import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { decodeField } from './base64url.js';
import { parseStrictJson } from './strict-json.js';

/** What the browser says about the page (WebAuthn L3 §5.8.1). Members it does not define are ignored. */
export interface ClientData {
  type: string;
  /** base64url, as sent. */
  challenge: string;
  origin: string;
  crossOrigin: boolean;
  topOrigin?: string;
  /** SHA-256 of the bytes as received, a byte order mark included. */
  hash: Uint8Array<ArrayBuffer>;
}

const CLAUSE = 'WebAuthn L3 §5.8.1';
const RULE = {
  name: 'clientDataJSON',
  maxBytes: LIMITS.clientDataJson,
  code: 'client_data_malformed',
  clause: CLAUSE,
} as const;
/** Drops one leading byte order mark, as "UTF-8 decode" does; invalid UTF-8 throws. */
const decoder = new TextDecoder('utf-8', { fatal: true });

const malformed = (field: string): Malformed => new Malformed('client_data_malformed', CLAUSE, { field });

function readObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseStrictJson(decoder.decode(bytes), LIMITS.jsonDepth);
  } catch {
    throw malformed('clientDataJSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('clientDataJSON');
  return value as Record<string, unknown>;
}

function text(data: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  if (typeof value !== 'string') throw malformed(name);
  return value;
}

/**
 * Reads clientDataJSON strictly: UTF-8, one JSON object, no name twice, bounded size and depth.
 * @throws Malformed `client_data_malformed`
 */
export function parseClientData(encoded: unknown): ClientData {
  const bytes = decodeField(encoded, RULE);
  const data = readObject(bytes);
  const crossOrigin = data['crossOrigin'] === undefined ? false : data['crossOrigin'];
  if (typeof crossOrigin !== 'boolean') throw malformed('crossOrigin');
  return {
    type: text(data, 'type'),
    challenge: text(data, 'challenge'),
    origin: text(data, 'origin'),
    crossOrigin,
    ...(data['topOrigin'] === undefined ? {} : { topOrigin: text(data, 'topOrigin') }),
    hash: sha256(bytes),
  };
}
