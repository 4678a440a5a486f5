import { isRefusal, refuse, systemClock, unixSeconds, uuidv7, type Clock } from '@countersign/kernel';
import { JwksCache, TokenSigner, jwksOf, verifyJws, type Jwks, type KeyStore } from '@countersign/keys';
import type { TenantSnapshot } from '@countersign/policy';
import { ACCESS_TOKEN_TYP, claimsOf, readClaims, type AccessToken } from '../domain/access-token.js';
import { audienceOf, issuerOf, slugOfIssuer, unverifiedIssuer } from '../domain/issuer.js';
import { acrAt, type Session } from '../domain/session.js';
import type { Snapshots } from '../ports.js';
import type { DisabledKeys } from './disabled-keys.js';

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

/** Name of a tenant's signing key. */
export const tokenKeyOf = (tenant: string): string => `token/${tenant}`;

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
  private readonly tenants = new Map<string, Promise<TenantKeys>>();

  constructor(
    private readonly keys: KeyStore,
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
    const { signer } = await this.keysOf(snapshot.tenant);
    const accessToken = await signer.sign(ACCESS_TOKEN_TYP, claimsOf(token, issued));
    return { accessToken, expiresIn, tokenType: tokenTypeOf(token) };
  }

  /** Undefined when no tenant of ours issued it. The keys are those of the tenant that `iss` names, and no others. */
  async read(token: string): Promise<ReadToken | undefined> {
    const snapshot = this.snapshotOf(token);
    if (!snapshot) return undefined;
    const { cache } = await this.keysOf(snapshot.tenant);
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
    await this.keysOf(snapshot.tenant);
    return { issuer: this.issuer(snapshot), jwks: await jwksOf(this.keys, tokenKeyOf(snapshot.tenant)) };
  }

  private snapshotOf(token: string): TenantSnapshot | undefined {
    const slug = slugOfIssuer(this.publicUrl, unverifiedIssuer(token) ?? '');
    if (slug === undefined) return undefined;
    try {
      return this.snapshots.bySlug(slug);
    } catch {
      return undefined;
    }
  }

  /** Replicas that need a tenant's first key at once get the same one: `create` answers with what exists. */
  private keysOf(tenant: string): Promise<TenantKeys> {
    const known = this.tenants.get(tenant);
    if (known) return known;
    const made = this.make(tokenKeyOf(tenant));
    this.tenants.set(tenant, made);
    made.catch(() => this.tenants.delete(tenant));
    return made;
  }

  private async make(name: string): Promise<TenantKeys> {
    const info = await this.keys.create(name, 'sign');
    if (info.use !== 'sign') throw refuse('key_conflict');
    const cache = new JwksCache(() => jwksOf(this.keys, name), { clock: this.clock });
    return { signer: new TokenSigner(this.keys, name, { clock: this.clock }), cache };
  }
}
