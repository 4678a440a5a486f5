import { generateKeyPairSync } from 'node:crypto';

const POINT_BYTES = 32;

/**
 * A public key whose private half is thrown away, as COSE_Key bytes (RFC 9053 §7.1): signatures by unknown credentials are
 * checked against it, so that an unknown credential costs the same time as a known one (R14).
 */
export function nobodysKey(): Uint8Array {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const head = Buffer.from('a5010203262001215820', 'hex');
  return new Uint8Array(Buffer.concat([head, coordinate(x!), Buffer.from('225820', 'hex'), coordinate(y!)]));
}

const coordinate = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url');
  return Buffer.concat([Buffer.alloc(POINT_BYTES - bytes.length), bytes]);
};
