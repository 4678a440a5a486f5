const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Issuer of one tenant's access tokens; discovery is at `<issuer>/.well-known/openid-configuration`. */
export const issuerOf = (publicUrl: string, slug: string): string => `${publicUrl}/v1/t/${slug}`;

/** Where clients send client assertions; one of the two values their `aud` may have. */
export const tokenEndpointOf = (publicUrl: string): string => `${publicUrl}/v1/oauth/token`;

/** Who an access token is for: this tenant's APIs, the bank's and ours alike (RFC 9068 §2.2 `aud`). */
export const audienceOf = (slug: string): string => `urn:countersign:${slug}`;

/** The tenant an issuer names, or undefined when it is not one of ours. Compared exactly, never normalised. */
export function slugOfIssuer(publicUrl: string, issuer: string): string | undefined {
  const prefix = issuerOf(publicUrl, '');
  const slug = issuer.startsWith(prefix) ? issuer.slice(prefix.length) : '';
  return SLUG.test(slug) ? slug : undefined;
}

const MAX_TOKEN_BYTES = 4096;

/** What a token says of itself that nobody has verified. */
export interface Unverified {
  issuer: string;
  /** Unix seconds. */
  expiresAt: number;
}

/**
 * Reads `iss` and `exp` out of a token nobody has verified, only to find the keys that will verify it, or not to look for
 * them. Believe nothing else of it.
 *
 * @returns undefined for whatever is not a compact JWS with a JSON payload that has both
 */
export function unverified(token: string): Unverified | undefined {
  const parts = token.length <= MAX_TOKEN_BYTES ? token.split('.', 4) : [];
  if (parts.length !== 3) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8')) as Record<string, unknown> | null;
    const { iss: issuer, exp: expiresAt } = claims ?? {};
    return typeof issuer === 'string' && typeof expiresAt === 'number' ? { issuer, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}
