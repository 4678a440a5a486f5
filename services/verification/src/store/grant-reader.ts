import { isRefusal, isUuid } from '@countersign/kernel';
import { verifyJws, type JwksCache, type JwsClaims } from '@countersign/keys';
import type { Grant } from '../ports.js';

const TYPE = 'countersign-grant+jwt';
const ISSUER = 'countersign-session';
const MAX_SECONDS = 60;

const TEXTS = ['sub', 'psn', 'sid', 'cid', 'cred', 'act', 'ach', 'acr', 'jti'] as const;

/** Reads grants that session signed. Session replaces the keys of its runtime, so they are looked up at each use. */
export class GrantReader {
  constructor(private readonly runtime: { readonly callerKeys: JwksCache }) {}

  /** @throws `unavailable` when session's keys were never had; that is no fault of the grant */
  async read(jws: string, tenant: string): Promise<Grant | { refused: string }> {
    try {
      const { claims } = await verifyJws(jws, {
        typ: TYPE,
        issuer: ISSUER,
        audience: `countersign:${tenant}`,
        keyOf: (kid) => this.runtime.callerKeys.key(kid),
        now: new Date(),
        maxLifetime: MAX_SECONDS,
      });
      return grantOf(claims) ?? { refused: 'form' };
    } catch (error) {
      if (!isRefusal(error) || error.kind === 'unavailable') throw error;
      return { refused: error.code === 'token_expired' ? 'expired' : (error.internal ?? error.code) };
    }
  }
}

function grantOf(claims: JwsClaims): Grant | undefined {
  const text = claims as unknown as Record<(typeof TEXTS)[number], string>;
  if (!TEXTS.every((name) => typeof claims[name] === 'string')) return undefined;
  const authTime = claims['auth_time'];
  if (typeof authTime !== 'number' || !isUuid(text.jti)) return undefined;
  return {
    jti: text.jti,
    subject: text.sub,
    pseudonym: text.psn,
    session: text.sid,
    clientId: text.cid,
    credential: text.cred,
    action: { name: text.act, hash: text.ach },
    acr: text.acr,
    authTime,
    expiresAt: claims.exp,
  };
}
