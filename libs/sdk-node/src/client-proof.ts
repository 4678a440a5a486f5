import { randomUUID } from 'node:crypto';
import { importJWK, importPKCS8, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { CountersignServerOptions } from './options.js';

/** What is added to a token request so that the platform knows who asks. */
export interface Proof {
  headers: Record<string, string>;
  form: Record<string, string>;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const DEFAULT_ALGORITHM = 'ES256';

/** A fresh proof for one token request; an assertion is good for one minute and is used once. */
export async function proveClient(options: CountersignServerOptions, audience: string): Promise<Proof> {
  const { clientId, privateKey, clientSecret } = options;
  if (privateKey === undefined) return { headers: { Authorization: basic(clientId, clientSecret) }, form: {} };
  const assertion = await signAssertion(clientId, privateKey, audience);
  return {
    headers: {},
    form: { client_id: clientId, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion },
  };
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
const basic = (clientId: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`;

async function signAssertion(clientId: string, privateKey: JWK | string, audience: string): Promise<string> {
  const { key, alg, kid } = await readKey(privateKey);
  return new SignJWT({})
    .setProtectedHeader({ alg, typ: 'JWT', ...(kid && { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
}

async function readKey(privateKey: JWK | string): Promise<{ key: CryptoKey | Uint8Array; alg: string; kid?: string }> {
  if (typeof privateKey === 'string')
    return { key: await importPKCS8(privateKey, DEFAULT_ALGORITHM), alg: DEFAULT_ALGORITHM };
  const alg = privateKey.alg ?? DEFAULT_ALGORITHM;
  return { key: await importJWK(privateKey, alg), alg, ...(privateKey.kid && { kid: privateKey.kid }) };
}
