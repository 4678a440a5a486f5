import { isThumbprint, isUuid } from '@countersign/kernel';

/** Class of access tokens (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYP = 'at+jwt';

/**
 * What an access token says beside `iss`, `aud`, `iat` and `exp` (RFC 9068 §2.2). With `jkt` it works only together with a
 * proof by that key (RFC 9449 §6.1).
 */
export type AccessToken = { clientId: string; jti: string; jkt?: string | undefined } & (
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
  const { clientId: client_id, jti, jkt } = token;
  const common = { iss: issuer, aud: audience, client_id, iat, exp, jti, ...(jkt !== undefined && { cnf: { jkt } }) };
  if (token.kind === 'server') return { ...common, sub: token.clientId, scope: token.scopes.join(' ') };
  const { subject: sub, session: sid, acr, amr, authTime: auth_time } = token;
  return { ...common, sub, sid, acr, amr, auth_time };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Reads the claims of a token whose signature, issuer, audience and times were verified; undefined when they are not ours. */
export function readClaims(claims: Record<string, unknown>): AccessToken | undefined {
  const { sub, sid, client_id: clientId, jti } = claims;
  const bound = bindingOf(claims);
  if (!isText(clientId) || !isText(jti) || !isText(sub) || !bound) return undefined;
  if (sid !== undefined) return personOf(claims, { clientId, jti, sub, ...bound });
  if (sub !== clientId || typeof claims['scope'] !== 'string') return undefined;
  return { kind: 'server', clientId, jti, ...bound, scopes: claims['scope'].split(' ').filter(Boolean) };
}

/** Undefined where there is a `cnf` that names no key in a way that is known here: the token is bound, and not to be let through. */
function bindingOf({ cnf }: Record<string, unknown>): { jkt?: string } | undefined {
  if (cnf === undefined) return {};
  const jkt = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined;
  return typeof jkt === 'string' && isThumbprint(jkt) ? { jkt } : undefined;
}

function personOf(
  { sid, acr, amr, auth_time: authTime }: Record<string, unknown>,
  { sub: subject, ...common }: { clientId: string; jti: string; sub: string; jkt?: string },
): AccessToken | undefined {
  if (!isText(sid) || !isUuid(sid) || !isUuid(subject) || !isText(acr) || typeof authTime !== 'number')
    return undefined;
  if (!Array.isArray(amr) || !amr.every(isText)) return undefined;
  return { kind: 'person', ...common, subject, session: sid, acr, amr, authTime };
}
