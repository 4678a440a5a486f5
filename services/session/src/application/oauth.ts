import { type session as contract } from '@countersign/contracts';
import { refuse, uuidv7 } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { openSuccessor, sealSuccessor } from '../domain/refresh-successor.js';
import { grantScopes } from '../domain/scopes.js';
import { readRefreshToken, successorOf, type RefreshSecret } from '../domain/secrets.js';
import type { EndReason, Session } from '../domain/session.js';
import type { Events, SessionStore } from '../ports.js';
import type { ClientAuthentication, ClientCredential, KnownClient } from './client-authentication.js';
import type { ClientKeys } from './client-keys.js';
import type { Issuers } from './issuers.js';
import type { Possession } from './proofs.js';
import { aboutOf, endedLeaf, refuseWith, reusedLeaf } from './session-events.js';

/** The token endpoint and revocation (RFC 6749, RFC 7009). */
export class OAuth {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly keys: ClientKeys,
    private readonly events: Events,
  ) {}

  /**
   * Client credentials (RFC 6749 §4.4), bound to the key of the proof that came along. The proof is judged first: one that
   * lacks a nonce must not cost the client its assertion. @throws `client_refused`, `scope_refused`, `dpop_…`
   */
  async clientToken(request: contract.ClientTokenRequest, call: Call): Promise<contract.ClientTokenResponse> {
    const { tenant: slug, clientId, credential, scope, proof } = request;
    const known = this.clients.find(clientId);
    const key = known && (await this.keys.proven(known, proof, call));
    const { snapshot, application } = await this.clients.authenticate({ slug, clientId, credential }, call);
    const scopes = grantScopes(scope, application.scopes);
    const token = { kind: 'server', clientId, jti: uuidv7(), jkt: key?.jkt, scopes } as const;
    return { ...(await this.issuers.sign(snapshot, token)), scope: scopes.join(' '), dpopNonce: key?.nonce ?? '' };
  }

  /**
   * Rotates a refresh token in one conditional write (R5), for the key it is bound to. A former token of the family ends
   * the session: either it was stolen, or its successor was. But a client that lost the reply gets the same successor once
   * more, if it proves the same key within ten seconds (R6).
   *
   * @throws `refresh_refused`, whatever the reason; `dpop_…` for what is wrong with the proof
   */
  async refresh(request: contract.RefreshRequest, call: Call): Promise<contract.RefreshResponse> {
    const { clientId, refreshToken, proof } = request;
    const secret = readRefreshToken(refreshToken);
    const next = successorOf(refreshToken);
    const client = this.clients.find(clientId);
    if (!secret || !next || !client) throw refuse('refresh_refused');
    if (secret.tenant !== client.snapshot.tenant) return this.refused(client, 'unknown', call);
    const key = await this.keys.proven(client, proof, call);
    const sealed = sealSuccessor(refreshToken, next.token);
    const successor = { hash: next.hash, jkt: key?.jkt, sealed };
    const rotation = await this.store.rotate(secret, successor, clientId, client.snapshot.policy.sessions);
    if (rotation.outcome === 'rotated') return this.refreshed(client, rotation.session, next.token, key);
    if (rotation.outcome === 'repeated')
      return this.refreshed(client, rotation.session, openSuccessor(refreshToken, rotation.sealed), key);
    if (rotation.outcome === 'unknown') return this.refused(client, 'unknown', call);
    if (rotation.outcome === 'reused') return this.reused(client.snapshot, rotation.session, call);
    if (rotation.outcome === 'bound') return this.keys.refuseOther(client.snapshot, rotation.session, key, call);
    return this.refused(client, 'ended', call, rotation.session);
  }

  /**
   * Ends the session behind a token of the caller's own. A token that is not says nothing (RFC 7009 §2.2); one that is bound
   * to a key is not even taken back without it (R24). @throws `client_refused`, `dpop_…`
   */
  async revoke(request: contract.RevokeRequest, call: Call): Promise<contract.RevokeResponse> {
    const client = this.clients.find(request.clientId);
    if (!client) return { dpopNonce: '' };
    const key = request.proof?.proof ? await this.keys.proven(client, request.proof, call) : undefined;
    const answer = { dpopNonce: key?.nonce ?? '' };
    if (client.application.type === 'server') {
      // A server's token names no session: it ends by itself within minutes, or with its application.
      const credential = credentialOf(request);
      await this.clients.authenticate({ slug: '', clientId: request.clientId, credential }, call);
      return answer;
    }
    const behind = await this.sessionBehind(request.token, client);
    if (!behind) return answer;
    const { session, jkt } = behind;
    if (jkt !== undefined && jkt !== key?.jkt) await this.keys.refuseOther(client.snapshot, session, key, call);
    await this.end(client.snapshot, session, 'token_revoked', call);
    return answer;
  }

  private async refreshed(
    { snapshot }: KnownClient,
    session: Session,
    refreshToken: string,
    key: Possession | undefined,
  ): Promise<contract.RefreshResponse> {
    return { ...(await this.issuers.signFor(snapshot, session)), refreshToken, dpopNonce: key?.nonce ?? '' };
  }

  /** The session, and the key the token itself is bound to. */
  private async sessionBehind(
    token: string,
    { snapshot, application }: KnownClient,
  ): Promise<{ session: Session; jkt: string | undefined } | undefined> {
    const { tenant, policy } = snapshot;
    const secret = readRefreshToken(token);
    const named = secret ? sameTenant(secret, tenant) : await this.namedByAccessToken(token, tenant);
    const found = named && (await this.store.find(tenant, named.session, policy.sessions));
    if (!found || found.session.clientId !== application.clientId) return undefined;
    const { session } = found;
    if (!secret) return { session, jkt: named.jkt ?? session.jkt };
    const isOfFamily = await this.store.isOfFamily(secret);
    return isOfFamily ? { session, jkt: session.jkt } : undefined;
  }

  private async namedByAccessToken(
    token: string,
    tenant: string,
  ): Promise<{ session: string; jkt?: string | undefined } | undefined> {
    const read = await this.issuers.read(token);
    return read?.snapshot.tenant === tenant && read.token?.kind === 'person' ? read.token : undefined;
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

const sameTenant = (
  { tenant: own, session }: RefreshSecret,
  tenant: string,
): { session: string; jkt?: string } | undefined => (own === tenant ? { session } : undefined);

function credentialOf({ clientSecret, assertion }: contract.RevokeRequest): ClientCredential | undefined {
  if (assertion !== '') return { $case: 'assertion', value: assertion };
  return clientSecret === '' ? undefined : { $case: 'clientSecret', value: clientSecret };
}
