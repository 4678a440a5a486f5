import { JwksCache, verifyJws, type Jwks, type JwsClaims } from '@countersign/keys';
import { isRefusal, refuse, uuidv7 } from '@countersign/kernel';
import type { RpcClient } from './client.js';
import { ownCall, type CallerIdentity } from './call.js';
import type { session } from '@countersign/contracts';

/** Class, issuer and greatest life of caller tokens (after draft-ietf-oauth-transaction-tokens). */
export const CALLER_TOKEN = { typ: 'txntoken+jwt', issuer: 'countersign-session', lifetime: 30 } as const;

/** Claims beside `iss`, `aud` (the one method), `iat` and `exp`. */
export interface CallerClaims {
  /** UUID of the tenant. */
  tenant: string;
  client_id: string;
  scope: string;
  /** The person, where one is calling. */
  sub?: string;
  pseudonym?: string;
  sid?: string;
  acr?: string;
  auth_time?: number;
  /** Key that was proven with the request (RFC 9449): what is minted by this call is bound to it. */
  jkt?: string;
  /** Request id of the request it was made for. */
  txn: string;
}

/** Verifies caller tokens with session's keys. Only this method's token passes, and only for 30 s. */
export function callerVerifier(keys: JwksCache) {
  return async (token: string, path: string): Promise<CallerIdentity> => {
    const { claims } = await verifyJws(token, {
      typ: CALLER_TOKEN.typ,
      keyOf: (kid) => keys.key(kid),
      issuer: CALLER_TOKEN.issuer,
      audience: path,
      now: new Date(),
      maxLifetime: CALLER_TOKEN.lifetime,
    }).catch((error: unknown) => {
      // Session out of reach is not a forged token.
      throw isRefusal(error) && error.kind === 'unavailable' ? error : refuse('caller_token_refused');
    });
    return identityFrom(claims);
  };
}

/** Keys of caller tokens and grants, fetched from session in the background. */
export const sessionKeys = (client: RpcClient<Pick<typeof session.SessionServiceService, 'keys'>>): JwksCache =>
  new JwksCache(async () => {
    const { jwks } = await client.keys({}, ownCall(uuidv7(), 2_000));
    return JSON.parse(jwks) as Jwks;
  });

function identityFrom(raw: JwsClaims): CallerIdentity {
  const claims = raw as unknown as CallerClaims;
  const { tenant, client_id: clientId, sub, pseudonym, sid, acr, auth_time: authTime, jkt } = claims;
  const scopes = claims.scope === '' ? [] : claims.scope.split(' ');
  const caller = { tenant, clientId, scopes, ...(jkt !== undefined && { jkt }) };
  if (!sub) return caller;
  if (!pseudonym || !sid || acr === undefined || authTime === undefined) throw refuse('caller_token_refused');
  return { ...caller, person: { subject: sub, pseudonym, session: sid, acr, authTime } };
}
