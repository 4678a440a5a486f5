import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { decodeField } from './base64url.js';
import { CborRefused, scanCbor } from './cbor-scan.js';

/** What a statement may hold once the scan has passed. */
export type StatementValue =
  number | boolean | null | string | Uint8Array | StatementValue[] | Map<string | number, StatementValue>;

export type AttestationStatement = Map<string | number, StatementValue>;

/** The attestation object (WebAuthn L3 §6.5.4). */
export interface AttestationObject {
  fmt: string;
  /** An array for `compound`, which is the only format to have one (§8.9). */
  attStmt: AttestationStatement | StatementValue[];
  authData: Uint8Array;
}

const CLAUSE = 'WebAuthn L3 §6.5.4';
const RULE = {
  name: 'attestationObject',
  maxBytes: LIMITS.attestationObject,
  code: 'attestation_malformed',
  clause: CLAUSE,
} as const;

/** What a statement of this format must be made of. */
const isStatement = (fmt: string, value: unknown): boolean =>
  fmt === 'compound' ? Array.isArray(value) : value instanceof Map;

const malformed = (reason: string): Malformed => new Malformed('attestation_malformed', CLAUSE, { reason });

/** Limits first, by our own walk; only then SimpleWebAuthn's decoder, which trusts what it is given. */
function decode(bytes: Uint8Array<ArrayBuffer>): unknown {
  try {
    // The envelope is written by the browser, and some write lengths wider than needed.
    if (scanCbor(bytes, 0, { shortest: false }).end !== bytes.length) throw new CborRefused('bytes left over');
    return decodeAttestationObject(bytes);
  } catch (error) {
    throw malformed(error instanceof CborRefused ? error.message : 'cannot be decoded');
  }
}

/**
 * Decodes the attestation object; members beyond the three are refused, for nothing may hide beside them.
 * @throws Malformed `attestation_malformed`
 */
export function parseAttestationObject(encoded: unknown): AttestationObject {
  const object = decode(decodeField(encoded, RULE));
  if (!(object instanceof Map) || object.size !== 3) throw malformed('not a map of three');
  const members = object as Map<unknown, unknown>;
  const [fmt, attStmt, authData] = [members.get('fmt'), members.get('attStmt'), members.get('authData')];
  if (typeof fmt !== 'string' || !isStatement(fmt, attStmt) || !(authData instanceof Uint8Array))
    throw malformed('fmt, attStmt or authData missing');
  return { fmt, attStmt: attStmt as AttestationObject['attStmt'], authData };
}
