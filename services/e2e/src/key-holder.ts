import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { HostProcess } from './host-process.js';

/** Claims of a proof that are not left to chance. */
export interface Proven {
  /** The access token it goes with. */
  token?: string;
  nonce?: string;
}

/** Whoever holds a key and proves it as RFC 9449 §4.2 has it, with a library of its own. */
export class KeyHolder {
  private constructor(
    private readonly host: HostProcess,
    private readonly jwk: JWK,
    private readonly key: CryptoKey,
  ) {}

  static async make(host: HostProcess): Promise<KeyHolder> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    return new KeyHolder(host, await exportJWK(publicKey), privateKey);
  }

  /** A fresh proof for one request, below `/v1`. */
  proof(method: string, path: string, { token, nonce }: Proven = {}): Promise<string> {
    const htu = `${this.host.info.publicUrl}/v1${path.split('?')[0]}`;
    const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
    const claims = { jti: randomUUID(), htm: method, htu, ...ath, ...(nonce !== undefined && { nonce }) };
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk })
      .setIssuedAt()
      .sign(this.key);
  }
}
