import { isRefusal, systemClock, unixSeconds, uuidv7, type Clock } from '@countersign/kernel';
import { JwksCache, TokenSigner, verifyJws, type Jwks } from '@countersign/keys';
import type { TenantSnapshot } from '@countersign/policy';
import { ACCESS_TOKEN_TYP, claimsOf, readClaims, type AccessToken } from '../domain/access-token.js';
import { audienceOf, issuerOf, slugOfIssuer, unverified } from '../domain/issuer.js';
import { tokenKeyOf } from '../domain/key-names.js';
import { acrAt, type Session } from '../domain/session.js';
import type { Snapshots } from '../ports.js';
import type { DisabledKeys } from './disabled-keys.js';
import type { TokenKeys } from './token-keys.js';

/** The longest a policy lets an access token live, seconds. */
const MAX_LIFE = 600;

/** What an access token says of its session. */
export type TokenSubject = Pick<Session, 'clientId' | 'subject' | 'id' | 'acr' | 'amr' | 'authTime' | 'jkt'>;

/** A signed access token. `tokenType` is the scheme under which it is to be sent. */
export interface SignedToken {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  tokenType: TokenType;
}

export type TokenType = 'Bearer' | 'DPoP';

export const tokenTypeOf = ({ jkt }: { jkt?: string | undefined }): TokenType =>
  jkt === undefined ? 'Bearer' : 'DPoP';

interface TenantKeys {
  signer: TokenSigner;
  cache: JwksCache;
}

/** What a bearer token turned out to be. `token` is absent when its issuer is known but it is not good. */
export interface ReadToken {
  snapshot: TenantSnapshot;
  token?: AccessToken & { iat: number; exp: number };
}

/** One issuer per tenant, each with keys of its own (BCB-16), made when they are first needed. */
export class Issuers {
  private readonly tenants = new Map<string, TenantKeys>();

  constructor(
    private readonly keys: TokenKeys,
    private readonly snapshots: Snapshots,
    readonly publicUrl: string,
    private readonly disabled: Pick<DisabledKeys, 'has'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Access token of a session, bound to the key the session is bound to. It says no more than is true until it expires. */
  signFor(snapshot: TenantSnapshot, session: TokenSubject): Promise<SignedToken> {
    const { clientId, subject, id, amr, authTime, jkt } = session;
    const acr = acrAt(session, unixSeconds(this.clock.now()) + snapshot.policy.sessions.accessToken);
    const who = { clientId, jti: uuidv7(), subject, session: id };
    return this.sign(snapshot, { kind: 'person', ...who, acr, amr, authTime, jkt });
  }

  async sign(snapshot: TenantSnapshot, token: AccessToken): Promise<SignedToken> {
    const expiresIn = snapshot.policy.sessions.accessToken;
    const iat = unixSeconds(this.clock.now());
    const issued = { issuer: this.issuer(snapshot), audience: audienceOf(snapshot.slug), iat, exp: iat + expiresIn };
    await this.keys.ready(tokenKeyOf(snapshot.tenant));
    const { signer } = this.keysOf(snapshot.tenant);
    const accessToken = await signer.sign(ACCESS_TOKEN_TYP, claimsOf(token, issued));
    return { accessToken, expiresIn, tokenType: tokenTypeOf(token) };
  }

  /** Undefined when no tenant of ours issued it. The keys are those of the tenant that `iss` names, and no others. */
  async read(token: string): Promise<ReadToken | undefined> {
    const said = unverified(token);
    const snapshot = said && this.snapshotOf(said.issuer);
    if (!snapshot) return undefined;
    // Its key may be gone long since: nobody is to be made to look for it.
    if (said.expiresAt <= unixSeconds(this.clock.now())) return { snapshot };
    const { cache } = this.keysOf(snapshot.tenant);
    try {
      const { claims } = await verifyJws(token, {
        typ: ACCESS_TOKEN_TYP,
        keyOf: (kid) => (this.disabled.has(kid) ? undefined : cache.key(kid)),
        issuer: this.issuer(snapshot),
        audience: audienceOf(snapshot.slug),
        now: this.clock.now(),
        maxLifetime: MAX_LIFE,
      });
      const read = readClaims(claims);
      return read ? { snapshot, token: { ...read, iat: claims.iat, exp: claims.exp } } : { snapshot };
    } catch (error) {
      if (isRefusal(error) && error.kind === 'unauthenticated') return { snapshot };
      throw error;
    }
  }

  issuer = (snapshot: TenantSnapshot): string => issuerOf(this.publicUrl, snapshot.slug);

  /** @throws `not_found` */
  async published(slug: string): Promise<{ issuer: string; jwks: Jwks }> {
    const snapshot = this.snapshots.bySlug(slug);
    const name = tokenKeyOf(snapshot.tenant);
    await this.keys.ready(name);
    return { issuer: this.issuer(snapshot), jwks: await this.keys.jwks(name) };
  }

  private snapshotOf(issuer: string): TenantSnapshot | undefined {
    const slug = slugOfIssuer(this.publicUrl, issuer);
    if (slug === undefined) return undefined;
    try {
      return this.snapshots.bySlug(slug);
    } catch {
      return undefined;
    }
  }

  private keysOf(tenant: string): TenantKeys {
    const known = this.tenants.get(tenant);
    if (known) return known;
    const name = tokenKeyOf(tenant);
    const made: TenantKeys = {
      cache: new JwksCache((kid) => this.keys.jwks(name, kid), { clock: this.clock }),
      signer: new TokenSigner(this.keys.signing, name, { clock: this.clock }),
    };
    this.tenants.set(tenant, made);
    return made;
  }
}
