import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTPayload } from 'jose';
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
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks.json`), { [customFetch]: patiently });
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, typ: 'at+jwt' });
  return { kid: protectedHeader.kid!, claims: payload };
}

/** Who reads keys names no application, and all tests come from one address: its minute may be used up. */
async function patiently(...[url, options]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(url, options);
  if (response.status !== 429) return response;
  await sleep(1_000 * Number(response.headers.get('retry-after')));
  return fetch(url, { ...options, signal: null });
}
