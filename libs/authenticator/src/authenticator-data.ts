import { sha256 } from '@countersign/kernel';

/** Bits of the flags octet (WebAuthn L3 §6.1). */
export const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;

export interface AuthenticatorDataParts {
  rpId: string;
  flags: number;
  /** Unsigned, 32 bits. */
  counter: number;
  /** aaguid, credential id and COSE key, at registration. */
  attested?: { aaguid: Uint8Array; credentialId: Uint8Array; coseKey: Uint8Array };
}

/** Authenticator data as it is signed (WebAuthn L3 §6.1). */
export function authenticatorData({ rpId, flags, counter, attested }: AuthenticatorDataParts): Uint8Array<ArrayBuffer> {
  const fixed = Buffer.alloc(5);
  fixed[0] = flags;
  fixed.writeUInt32BE(counter >>> 0, 1);
  const parts: Uint8Array[] = [sha256(rpId), fixed];
  if (attested) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(attested.credentialId.length);
    parts.push(attested.aaguid, length, attested.credentialId, attested.coseKey);
  }
  return new Uint8Array(Buffer.concat(parts));
}
