import { isUuid } from '@countersign/kernel';

/** Class of access tokens (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYP = 'at+jwt';

/** What an access token says beside `iss`, `aud`, `iat` and `exp` (RFC 9068 §2.2). */
export type AccessToken = { clientId: string; jti: string } & (
  | { kind: 'person'; subject: string; session: string; acr: string; amr: readonly string[]; authTime: number }
  | { kind: 'server'; scopes: readonly string[] }
);

/** Times in Unix seconds. */
export interface Issued {
  issuer: string;
  audience: string;
  iat: number;
  exp: number;
}

/** The claims of a token as they are signed. A server is its own subject and has no `sid`. */
export function claimsOf(token: AccessToken, { issuer, audience, iat, exp }: Issued): Record<string, unknown> {
  const common = { iss: issuer, aud: audience, client_id: token.clientId, iat, exp, jti: token.jti };
  if (token.kind === 'server') return { ...common, sub: token.clientId, scope: token.scopes.join(' ') };
  const { subject: sub, session: sid, acr, amr, authTime: auth_time } = token;
  return { ...common, sub, sid, acr, amr, auth_time };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Reads the claims of a token whose signature, issuer, audience and times were verified; undefined when they are not ours. */
export function readClaims(claims: Record<string, unknown>): AccessToken | undefined {
  const { sub, sid, client_id: clientId, jti } = claims;
  if (!isText(clientId) || !isText(jti) || !isText(sub)) return undefined;
  if (sid !== undefined) return personOf(claims, { clientId, jti, sub });
  if (sub !== clientId || typeof claims['scope'] !== 'string') return undefined;
  return { kind: 'server', clientId, jti, scopes: claims['scope'].split(' ').filter(Boolean) };
}

function personOf(
  { sid, acr, amr, auth_time: authTime }: Record<string, unknown>,
  { clientId, jti, sub: subject }: { clientId: string; jti: string; sub: string },
): AccessToken | undefined {
  if (!isText(sid) || !isUuid(sid) || !isUuid(subject) || !isText(acr) || typeof authTime !== 'number')
    return undefined;
  if (!Array.isArray(amr) || !amr.every(isText)) return undefined;
  return { kind: 'person', clientId, jti, subject, session: sid, acr, amr, authTime };
}
