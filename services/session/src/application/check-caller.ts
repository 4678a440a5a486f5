import { session as contract } from '@countersign/contracts';
import { equalBytes, refuse, type Clock, type Code } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { Application, TenantSnapshot } from '@countersign/policy';
import { isOwnRequest } from '../domain/cross-site.js';
import { spacingOf, type LastActive } from '../domain/last-active.js';
import { scopesStillHeld } from '../domain/scopes.js';
import { readCookie } from '../domain/secrets.js';
import type { Session } from '../domain/session.js';
import type { Events, SessionStore, Snapshots } from '../ports.js';
import type { CallerTokens } from './caller-tokens.js';
import type { Issuers } from './issuers.js';
import { aboutOf, refuseWith } from './session-events.js';

const METHOD = /^\/countersign\.[a-z]+\.v1\.[A-Za-z]+\/[A-Za-z]+$/;
/** With an access token one could otherwise mint the next one for as long as the session lives. */
const COOKIE_ONLY: readonly string[] = [contract.SessionServiceService.mintAccessToken.path];

/** Who is calling: a person in a session, or a tenant's server. */
interface Caller {
  snapshot: TenantSnapshot;
  clientId: string;
  scopes: readonly string[];
  session?: Session;
}

type Request = contract.CheckRequest;

/**
 * Says who is calling, for one method (architecture, "Nobody believes the gateway"): verifies what was presented, reads
 * whether it is alive in one statement, writes nothing, and signs a caller token of 30 seconds. A refusal is one event.
 */
export class CheckCaller {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly tokens: CallerTokens,
    private readonly events: Events,
    private readonly activity: LastActive,
    private readonly clock: Clock,
  ) {}

  async check(request: Request, call: Call): Promise<contract.CheckResponse> {
    if (!METHOD.test(request.method)) throw refuse('request_invalid', {}, 'method');
    const caller = await this.callerOf(request, call);
    const { snapshot, clientId, scopes, session } = caller;
    if (request.requiredScope !== '' && !scopes.includes(request.requiredScope))
      await this.refused(call, request, 'scope_missing', caller);
    if (session) this.touch(snapshot, session);
    const callerToken = await this.tokens.caller(request.method, {
      tenant: snapshot.tenant,
      client_id: clientId,
      scope: scopes.join(' '),
      txn: call.requestId,
      ...(session && personClaims(session)),
    });
    return { callerToken, tenant: snapshot.tenant, subject: session?.subject ?? '', clientId };
  }

  private callerOf(request: Request, call: Call): Promise<Caller> {
    if (request.presented?.$case === 'bearer') return this.bearer(request.presented.value, request, call);
    if (request.presented?.$case === 'cookie') return this.cookie(request.presented.value, request, call);
    throw refuse('session_unknown');
  }

  private async bearer(presented: string, request: Request, call: Call): Promise<Caller> {
    const read = await this.issuers.read(presented);
    if (!read) throw refuse('token_invalid');
    const { snapshot, token } = read;
    const application = token && applicationOf(snapshot, token.clientId);
    if (!token || !application) return this.refused(call, request, 'token_invalid', { snapshot });
    const { clientId } = application;
    if (token.kind === 'person') {
      const session = await this.live(token.session, token, snapshot, request, call);
      if (COOKIE_ONLY.includes(request.method))
        return this.refused(call, request, 'scope_missing', { snapshot, session });
      return { snapshot, clientId, scopes: [], session };
    }
    if (application.type !== 'server') return this.refused(call, request, 'token_invalid', { snapshot, clientId });
    return { snapshot, clientId, scopes: scopesStillHeld(token.scopes, application.scopes) };
  }

  private async cookie(presented: string, request: Request, call: Call): Promise<Caller> {
    const secret = readCookie(presented);
    const snapshot = secret && this.tenantOf(secret.tenant);
    if (!secret || !snapshot) throw refuse('session_unknown');
    const session = await this.live(secret.session, { cookieHash: secret.hash }, snapshot, request, call);
    const application = applicationOf(snapshot, session.clientId);
    if (!application) return this.refused(call, request, 'session_unknown', { snapshot, session });
    const { safe, csrfToken, origin } = request;
    if (!isOwnRequest({ safe, csrfToken, origin: origin?.origin ?? '' }, secret.hash, application.origins))
      return this.refused(call, request, 'csrf_refused', { snapshot, session });
    return { snapshot, clientId: session.clientId, scopes: [], session };
  }

  /** The session, if it is alive and is the one presented: the token's own subject and client, or the cookie's secret. */
  private async live(
    id: string,
    presented: { subject: string; clientId: string } | { cookieHash: Uint8Array },
    snapshot: TenantSnapshot,
    request: Request,
    call: Call,
  ): Promise<Session> {
    const found = await this.store.find(snapshot.tenant, id, snapshot.policy.sessions);
    if (!found || !belongs(found.session, presented))
      return this.refused(call, request, 'session_unknown', { snapshot });
    const { state, session } = found;
    if (state !== 'live') return this.refused(call, request, 'session_ended', { snapshot, session }, state);
    return session;
  }

  private refused(
    call: Call,
    { method, presented }: Request,
    code: Code,
    { snapshot, session, clientId }: Pick<Caller, 'snapshot'> & Partial<Caller>,
    state?: string,
  ): Promise<never> {
    const facts = { method, presented: presented?.$case ?? 'nothing', ...(state && { state }) };
    const about = session ? aboutOf(session) : { client: clientId };
    const { tenant } = snapshot;
    return refuseWith(this.events, 'session.refused', { tenant, request: call.requestId, code, about, facts });
  }

  private touch({ tenant, policy }: TenantSnapshot, { id }: Session): void {
    this.activity.touch(tenant, id, this.clock.now(), spacingOf(policy.sessions.inactivity));
  }

  private tenantOf(tenant: string): TenantSnapshot | undefined {
    try {
      return this.snapshots.byTenant(tenant);
    } catch {
      return undefined;
    }
  }
}

const applicationOf = ({ applications }: TenantSnapshot, clientId: string): Application | undefined =>
  applications.find((application) => application.clientId === clientId);

const belongs = (
  session: Session,
  presented: { subject: string; clientId: string } | { cookieHash: Uint8Array },
): boolean =>
  'cookieHash' in presented
    ? session.cookieHash !== undefined && equalBytes(session.cookieHash, presented.cookieHash)
    : session.subject === presented.subject && session.clientId === presented.clientId;

const personClaims = ({ subject, pseudonym, id, acr, authTime }: Session) => ({
  sub: subject,
  pseudonym,
  sid: id,
  acr,
  auth_time: authTime,
});
