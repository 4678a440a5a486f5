import { createHash, randomUUID } from 'node:crypto';
import type { common } from '@countersign/contracts';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { PUBLIC_URL } from './house.js';

/** Whoever holds a key, and signs proofs of it as a client does (RFC 9449 §4.2). */
export class KeyHolder {
  private constructor(
    readonly jkt: string,
    private readonly jwk: JWK,
    private readonly key: CryptoKey,
  ) {}

  static async make(): Promise<KeyHolder> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    return new KeyHolder(await calculateJwkThumbprint(jwk), jwk, privateKey);
  }

  /** A proof for one request, a fresh one unless `claims` say otherwise. */
  async proof(
    method: string,
    path: string,
    { token, ...claims }: { token?: string; jti?: string; nonce?: string; iat?: number } = {},
  ): Promise<common.DpopProof> {
    const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
    const now = Math.floor(Date.now() / 1000);
    const all = { jti: randomUUID(), htm: method, htu: PUBLIC_URL + path, iat: now, ...ath, ...claims };
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk };
    return { proof: await new SignJWT(all).setProtectedHeader(header).sign(this.key), method, path };
  }

  /** For the call that most tests make. */
  listing = (token: string, claims: { jti?: string; nonce?: string; iat?: number } = {}): Promise<common.DpopProof> =>
    this.proof('GET', '/v1/auth/sessions', { token, ...claims });
}
