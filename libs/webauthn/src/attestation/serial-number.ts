import { convertAAGUIDToString } from '@simplewebauthn/server/helpers';
import type { Refused } from '../malformed.js';
import type { AttestationPolicy } from '../types.js';
import { OIDS, type PresentedCertificate } from './certificate.js';
import { broken } from './statement.js';

const CLAUSE = 'WebAuthn L3 §8.2.2';
const OCTET_STRING = 0x04;
/** Bytes of a serial number; the standard names no bound. */
const MAX_BYTES = 64;

/** Contents of the OCTET STRING that is the extension's value, in hexadecimal. */
function textOf(value: Uint8Array): string | undefined {
  const [tag, length = 0] = value;
  const fits = tag === OCTET_STRING && length > 0 && length <= MAX_BYTES && value.length === length + 2;
  return fits ? Buffer.from(value.subarray(2)).toString('hex') : undefined;
}

const isAskedFor = (aaguid: Uint8Array, { enterprise }: AttestationPolicy): boolean =>
  enterprise?.includes(convertAAGUIDToString(new Uint8Array(aaguid))) === true;

/**
 * The serial number an enterprise attestation carries. It names one device in the world, so a model whose serial numbers
 * nobody asked for is refused rather than quietly recorded; by the standard's letter it is passed over.
 */
export function serialNumberOf(
  { extensions }: PresentedCertificate,
  aaguid: Uint8Array,
  policy: AttestationPolicy,
): { ok: true; serialNumber?: string } | Refused {
  const extension = extensions.get(OIDS.serialNumber);
  if (!extension) return { ok: true };
  const serialNumber = textOf(new Uint8Array(extension.extnValue.buffer));
  if (extension.critical || serialNumber === undefined) return broken(CLAUSE, 'serial number extension');
  if (isAskedFor(aaguid, policy)) return { ok: true, serialNumber };
  if (policy.strict === false) return { ok: true };
  return { ok: false, code: 'attestation_serial_refused', clause: CLAUSE, facts: {} };
}
