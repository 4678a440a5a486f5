import { Malformed } from '../malformed.js';
import { CborRefused, scanCbor } from './cbor-scan.js';

/** The new credential inside the authenticator data of a registration (WebAuthn L3 §6.5.1). */
export interface AttestedCredential {
  /** 16 bytes. */
  aaguid: Uint8Array;
  credentialId: Uint8Array;
  /** COSE_Key, exactly the bytes that were signed. */
  publicKey: Uint8Array;
}

/** Authenticator data (WebAuthn L3 §6.1). Reserved flag bits are ignored. */
export interface AuthenticatorData {
  raw: Uint8Array;
  rpIdHash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  backupEligible: boolean;
  backupState: boolean;
  /** Unsigned, 32 bits. */
  counter: number;
  attested?: AttestedCredential;
}

const FIXED = 37;
const MAP_MAJOR = 5;
const malformed = (reason: string): Malformed =>
  new Malformed('authenticator_data_malformed', 'WebAuthn L3 §6.1', { reason });

/** Offset after one CBOR map. */
function endOfMap(raw: Uint8Array, start: number): number {
  try {
    const { end } = scanCbor(raw, start, { shortest: true });
    if ((raw[start] ?? 0) >> 5 === MAP_MAJOR) return end;
  } catch (error) {
    if (!(error instanceof CborRefused)) throw error;
    throw malformed(error.message);
  }
  throw malformed('not a map');
}

function readAttested(raw: Uint8Array): { attested: AttestedCredential; end: number } {
  const idAt = FIXED + 18;
  const idLength = ((raw[FIXED + 16] ?? 0) << 8) | (raw[FIXED + 17] ?? 0);
  const keyAt = idAt + idLength;
  const end = endOfMap(raw, keyAt);
  const attested = {
    aaguid: raw.subarray(FIXED, FIXED + 16),
    credentialId: raw.subarray(idAt, keyAt),
    publicKey: raw.subarray(keyAt, end),
  };
  return { attested, end };
}

/**
 * Reads authenticator data; it must be used up exactly.
 * @throws Malformed `authenticator_data_malformed`
 */
export function parseAuthenticatorData(raw: Uint8Array): AuthenticatorData {
  if (raw.length < FIXED) throw malformed('ends early');
  const flags = raw[32] ?? 0;
  const { attested, end: afterKey } = flags & 0x40 ? readAttested(raw) : { attested: undefined, end: FIXED };
  const end = flags & 0x80 ? endOfMap(raw, afterKey) : afterKey;
  if (end !== raw.length) throw malformed('bytes left over');
  return {
    raw,
    rpIdHash: raw.subarray(0, 32),
    userPresent: (flags & 0x01) !== 0,
    userVerified: (flags & 0x04) !== 0,
    backupEligible: (flags & 0x08) !== 0,
    backupState: (flags & 0x10) !== 0,
    counter: new DataView(raw.buffer, raw.byteOffset).getUint32(33),
    ...(attested ? { attested } : {}),
  };
}
