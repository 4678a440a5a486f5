import { createHash } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import { convertAAGUIDToString } from '@simplewebauthn/server/helpers';
import { Malformed, refusing } from './malformed.js';
import { parseAttestationObject, type AttestationObject, type StatementValue } from './parse/attestation-object.js';
import { parseAuthenticatorData } from './parse/authenticator-data.js';
import { parseEnvelope } from './parse/envelope.js';

/** The model a response claims its authenticator to be. Believed only as far as its attestation is. */
export interface ClaimedModel {
  /** UUID text. */
  aaguid: string;
  /**
   * Hex SHA-1 of the public key in the attestation certificate (RFC 5280 §4.2.1.2 method 1), by which FIDO metadata names
   * models without an AAGUID; empty where there is an AAGUID or no certificate. Of a compound attestation that of each
   * statement, with blanks between them.
   */
  keyIdentifier: string;
}

const NO_AAGUID = '00000000-0000-0000-0000-000000000000';

/** Formats whose certificates stand for a model; those of the others are made for one key or one device. */
const FOR_MODELS: readonly unknown[] = ['packed', 'fido-u2f'];

/** Of each statement in a compound one. What cannot be parsed is none's: its statement does not verify either. */
function keyIdentifiersIn(parts: readonly StatementValue[]): string {
  const found = parts.flatMap((part) => {
    if (!(part instanceof Map)) return [];
    const read = refusing(() => ({ ok: true, key: keyIdentifierOf(part.get('fmt'), part.get('attStmt')) }) as const);
    return read.ok && read.key ? [read.key] : [];
  });
  return [...new Set(found)].sort().join(' ');
}

function keyIdentifierOf(fmt: unknown, attStmt: StatementValue | undefined): string {
  const x5c = attStmt instanceof Map && FOR_MODELS.includes(fmt) ? attStmt.get('x5c') : undefined;
  const leaf = Array.isArray(x5c) ? x5c[0] : undefined;
  if (!(leaf instanceof Uint8Array)) return '';
  try {
    const { subjectPublicKeyInfo } = AsnConvert.parse(new Uint8Array(leaf), Certificate).tbsCertificate;
    return createHash('sha1').update(new Uint8Array(subjectPublicKeyInfo.subjectPublicKey)).digest('hex');
  } catch {
    throw new Malformed('attestation_invalid', 'RFC 5280 §4.1', { rule: 'certificate cannot be parsed' });
  }
}

/** @throws Malformed when it names no credential, or a certificate cannot be parsed */
export function modelIn(object: AttestationObject): ClaimedModel {
  const { attested } = parseAuthenticatorData(object.authData);
  if (!attested) throw new Malformed('authenticator_data_malformed', 'WebAuthn L3 §6.1', { reason: 'no credential' });
  const aaguid = convertAAGUIDToString(new Uint8Array(attested.aaguid));
  if (aaguid !== NO_AAGUID) return { aaguid, keyIdentifier: '' };
  const { fmt, attStmt } = object;
  return { aaguid, keyIdentifier: Array.isArray(attStmt) ? keyIdentifiersIn(attStmt) : keyIdentifierOf(fmt, attStmt) };
}

/**
 * Which model a registration claims, so that its trust anchors can be looked up before it is verified; `undefined` when
 * none can be read. Read by the same strict parsers that verification uses.
 */
export function modelOf(response: unknown): ClaimedModel | undefined {
  const read = refusing(() => {
    const object = parseAttestationObject(parseEnvelope(response).response['attestationObject']);
    return { ok: true, model: modelIn(object) } as const;
  });
  return read.ok ? read.model : undefined;
}
