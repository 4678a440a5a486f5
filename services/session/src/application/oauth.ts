import { type session as contract } from '@countersign/contracts';
import { refuse, uuidv7 } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { grantScopes } from '../domain/scopes.js';
import { readRefreshToken, successorOf, type RefreshSecret } from '../domain/secrets.js';
import type { EndReason, Session } from '../domain/session.js';
import type { Events, SessionStore } from '../ports.js';
import type { ClientAuthentication, ClientCredential, KnownClient } from './client-authentication.js';
import type { Issuers } from './issuers.js';
import { aboutOf, endedLeaf, refuseWith, reusedLeaf } from './session-events.js';

/** The token endpoint and revocation (RFC 6749, RFC 7009). */
export class OAuth {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly events: Events,
  ) {}

  /** Client credentials (RFC 6749 §4.4). @throws `client_refused`, `scope_refused` */
  async clientToken(request: contract.ClientTokenRequest, call: Call): Promise<contract.ClientTokenResponse> {
    const { tenant: slug, clientId, credential, scope } = request;
    const { snapshot, application } = await this.clients.authenticate({ slug, clientId, credential }, call);
    const scopes = grantScopes(scope, application.scopes);
    const token = { kind: 'server', clientId, jti: uuidv7(), scopes } as const;
    const { accessToken, expiresIn } = await this.issuers.sign(snapshot, token);
    return { accessToken, expiresIn, scope: scopes.join(' ') };
  }

  /**
   * Rotates a refresh token in one conditional write (R5). A former token of the family ends the session: either it was
   * stolen, or its successor was. @throws `refresh_refused`, whatever the reason
   */
  async refresh({ clientId, refreshToken }: contract.RefreshRequest, call: Call): Promise<contract.RefreshResponse> {
    const secret = readRefreshToken(refreshToken);
    const next = successorOf(refreshToken);
    const client = this.clients.find(clientId);
    if (!secret || !next || !client) throw refuse('refresh_refused');
    if (secret.tenant !== client.snapshot.tenant) return this.refused(client, 'unknown', call);
    const rotation = await this.store.rotate(secret, next.hash, clientId, client.snapshot.policy.sessions);
    if (rotation.outcome === 'rotated')
      return { ...(await this.issuers.signFor(client.snapshot, rotation.session)), refreshToken: next.token };
    if (rotation.outcome === 'unknown') return this.refused(client, 'unknown', call);
    if (rotation.outcome === 'reused') return this.reused(client.snapshot, rotation.session, call);
    return this.refused(client, 'ended', call, rotation.session);
  }

  /** Ends the session behind a token of the caller's own. A token that is not says nothing (RFC 7009 §2.2). */
  async revoke(request: contract.RevokeRequest, call: Call): Promise<contract.RevokeResponse> {
    const client = this.clients.find(request.clientId);
    if (!client) return {};
    if (client.application.type === 'server') {
      // A server's token names no session: it ends by itself within minutes, or with its application.
      const credential = credentialOf(request);
      await this.clients.authenticate({ slug: '', clientId: request.clientId, credential }, call);
      return {};
    }
    const session = await this.sessionBehind(request.token, client);
    if (session) await this.end(client.snapshot, session, 'token_revoked', call);
    return {};
  }

  private async sessionBehind(token: string, { snapshot, application }: KnownClient): Promise<Session | undefined> {
    const { tenant, policy } = snapshot;
    const secret = readRefreshToken(token);
    const id = secret ? sameTenant(secret, tenant) : await this.sessionOfAccessToken(token, tenant);
    const found = id ? await this.store.find(tenant, id, policy.sessions) : undefined;
    if (found?.session.clientId !== application.clientId) return undefined;
    if (!secret) return found.session;
    const isOfFamily = await this.store.isOfFamily(secret);
    return isOfFamily ? found.session : undefined;
  }

  private async sessionOfAccessToken(token: string, tenant: string): Promise<string | undefined> {
    const read = await this.issuers.read(token);
    return read?.snapshot.tenant === tenant && read.token?.kind === 'person' ? read.token.session : undefined;
  }

  private async reused(snapshot: TenantSnapshot, session: Session, call: Call): Promise<never> {
    await this.end(snapshot, session, 'refresh_reused', call, (each) => [
      reusedLeaf(this.events, each, call.requestId),
    ]);
    throw refuse('refresh_refused');
  }

  private async end(
    { tenant, policy }: TenantSnapshot,
    { id }: Session,
    reason: EndReason,
    call: Call,
    before: (session: Session) => ReturnType<typeof reusedLeaf>[] = () => [],
  ): Promise<void> {
    await this.store.end(tenant, { session: id }, reason, policy.sessions, (session) => [
      ...before(session),
      endedLeaf(this.events, session, reason, call.requestId),
    ]);
    this.events.wake();
  }

  private refused(
    { snapshot, application }: KnownClient,
    reason: 'unknown' | 'ended',
    call: Call,
    session?: Session,
  ): Promise<never> {
    return refuseWith(this.events, 'session.refused', {
      tenant: snapshot.tenant,
      request: call.requestId,
      code: 'refresh_refused',
      about: session ? aboutOf(session) : { client: application.clientId },
      facts: { presented: 'refresh token', state: reason },
    });
  }
}

const sameTenant = (secret: RefreshSecret, tenant: string): string | undefined =>
  secret.tenant === tenant ? secret.session : undefined;

function credentialOf({ clientSecret, assertion }: contract.RevokeRequest): ClientCredential | undefined {
  if (assertion !== '') return { $case: 'assertion', value: assertion };
  return clientSecret === '' ? undefined : { $case: 'clientSecret', value: clientSecret };
}
