import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import type { Bank } from './bank.js';
import type { HostProcess } from './host-process.js';

/**
 * Verifies an access token with the key set that its bank's issuer publishes, with a library of its own.
 * @returns the `kid` of the key that signed it, and its claims
 * @throws JOSEError when it does not verify
 */
export async function verifyPublished(
  { info }: HostProcess,
  { slug }: Bank,
  token: string,
): Promise<{ kid: string; claims: JWTPayload }> {
  const issuer = `${info.publicUrl}/v1/t/${slug}`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, typ: 'at+jwt' });
  return { kid: protectedHeader.kid!, claims: payload };
}
