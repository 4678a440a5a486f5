import { session as contract } from '@countersign/contracts';
import { equalBytes, refuse, unixSeconds, type Clock, type Code } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { Application, TenantSnapshot } from '@countersign/policy';
import { isOwnRequest } from '../domain/cross-site.js';
import { spacingOf, type LastActive } from '../domain/last-active.js';
import { scopesStillHeld } from '../domain/scopes.js';
import { readCookie } from '../domain/secrets.js';
import { acrAt, isBoundAs, type Session } from '../domain/session.js';
import type { Events, SessionStore, Snapshots } from '../ports.js';
import type { CallerTokens } from './caller-tokens.js';
import type { Issuers } from './issuers.js';
import type { Possession, ProofRefusal, Proofs } from './proofs.js';
import { aboutOf, refuseProof, refuseWith } from './session-events.js';

const METHOD = /^\/countersign\.[a-z]+\.v1\.[A-Za-z]+\/[A-Za-z]+$/;
/** With an access token one could otherwise mint the next one for as long as the session lives. */
const COOKIE_ONLY: readonly string[] = [contract.SessionServiceService.mintAccessToken.path];

/** Who is calling: a person in a session, or a tenant's server. */
interface Caller {
  snapshot: TenantSnapshot;
  clientId: string;
  scopes: readonly string[];
  session?: Session;
  /** The key that was proven, where one was. */
  key?: Possession | undefined;
}

type Request = contract.CheckRequest;
type Found = Pick<Caller, 'snapshot'> & Partial<Caller>;

/**
 * Says who is calling, for one method (architecture, "Nobody believes the gateway"): verifies what was presented, with the
 * proof of possession where the token is bound to a key, reads whether it is alive in one statement, and signs a caller
 * token of 30 seconds. It writes nothing but the proof that was spent. A refusal is one event.
 */
export class CheckCaller {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly proofs: Proofs,
    private readonly tokens: CallerTokens,
    private readonly events: Events,
    private readonly activity: LastActive,
    private readonly clock: Clock,
  ) {}

  async check(request: Request, call: Call): Promise<contract.CheckResponse> {
    if (!METHOD.test(request.method)) throw refuse('request_invalid', {}, 'method');
    const caller = await this.callerOf(request, call);
    const { snapshot, clientId, scopes, session, key } = caller;
    if (request.requiredScope !== '' && !scopes.includes(request.requiredScope))
      await this.refused(call, request, 'scope_missing', caller);
    if (session) this.touch(snapshot, session);
    const callerToken = await this.tokens.caller(request.method, {
      tenant: snapshot.tenant,
      client_id: clientId,
      scope: scopes.join(' '),
      txn: call.requestId,
      ...(key && { jkt: key.jkt }),
      ...(session && personClaims(session, unixSeconds(this.clock.now()))),
    });
    const subject = session?.subject ?? '';
    return { callerToken, tenant: snapshot.tenant, subject, clientId, dpopNonce: key?.nonce ?? '' };
  }

  private callerOf(request: Request, call: Call): Promise<Caller> {
    const { presented } = request;
    if (presented?.$case === 'bearer' || presented?.$case === 'dpop') return this.token(presented.value, request, call);
    if (presented?.$case === 'cookie') return this.cookie(presented.value, request, call);
    throw refuse('session_unknown');
  }

  private async token(presented: string, request: Request, call: Call): Promise<Caller> {
    const read = await this.issuers.read(presented);
    if (!read) throw refuse('token_invalid');
    const { snapshot, token } = read;
    const application = token && applicationOf(snapshot, token.clientId);
    if (!token || !application) return this.refused(call, request, 'token_invalid', { snapshot });
    const { clientId } = application;
    const found = { snapshot, clientId };
    const key = await this.possession({ presented, boundTo: token.jkt }, application, found, request, call);
    if (token.kind === 'person') {
      const session = await this.live(token.session, token, snapshot, request, call);
      if (COOKIE_ONLY.includes(request.method))
        return this.refused(call, request, 'scope_missing', { snapshot, session });
      return { ...found, scopes: [], session, key };
    }
    if (application.type !== 'server') return this.refused(call, request, 'token_invalid', found);
    return { ...found, scopes: scopesStillHeld(token.scopes, application.scopes), key };
  }

  /** R24: a token that is bound to a key works with a proof by that key and under its own scheme, and not otherwise. */
  private async possession(
    { presented: token, boundTo }: { presented: string; boundTo: string | undefined },
    { type }: Application,
    found: Found,
    request: Request,
    call: Call,
  ): Promise<Possession | undefined> {
    const isBound = boundTo !== undefined;
    if (isBound !== (request.presented?.$case === 'dpop'))
      return this.refused(call, request, 'dpop_scheme_mismatch', found);
    if (!isBound && found.snapshot.policy.dpop[type] === 'required')
      return this.refused(call, request, 'dpop_proof_missing', found);
    if (!isBound) return undefined;
    const { snapshot } = found;
    const verdict = await this.proofs.verify(request.proof, { snapshot, rpc: request.method, token, boundTo });
    return verdict.ok ? verdict : this.refusedProof(call, request, verdict, found);
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
    const key = await this.mintingKey({ snapshot, session }, request, call);
    return { snapshot, clientId: session.clientId, scopes: [], session, key };
  }

  /** The key that a token about to be minted from a cookie is to be bound to. Other calls by cookie need none. */
  private async mintingKey(found: Found, request: Request, call: Call): Promise<Possession | undefined> {
    const { snapshot } = found;
    const isNeeded = snapshot.policy.dpop.web === 'required';
    if (!COOKIE_ONLY.includes(request.method) || (!request.proof?.proof && !isNeeded)) return undefined;
    const verdict = await this.proofs.verify(request.proof, { snapshot, rpc: request.method });
    return verdict.ok ? verdict : this.refusedProof(call, request, verdict, found);
  }

  /** The session, if it is alive and is the one presented: the token's own subject, client and key, or the cookie's secret. */
  private async live(
    id: string,
    presented: { subject: string; clientId: string; jkt?: string | undefined } | { cookieHash: Uint8Array },
    snapshot: TenantSnapshot,
    request: Request,
    call: Call,
  ): Promise<Session> {
    const found = await this.store.find(snapshot.tenant, id, snapshot.policy.sessions);
    if (!found || !belongs(found.session, presented))
      return this.refused(call, request, 'session_unknown', { snapshot });
    const { state, session } = found;
    if (state !== 'live') return this.refused(call, request, 'session_ended', { snapshot, session }, state);
    // Its session was bound to a key after this token was issued.
    if (!('cookieHash' in presented) && !isBoundAs(session, presented))
      return this.refused(call, request, 'token_invalid', { snapshot, session });
    return session;
  }

  private refused(call: Call, request: Request, code: Code, found: Found, state?: string): Promise<never> {
    return refuseWith(this.events, 'session.refused', { ...refusedAs(call, request, found, state), code });
  }

  private refusedProof(call: Call, request: Request, verdict: ProofRefusal, found: Found): Promise<never> {
    return refuseProof(this.events, verdict, refusedAs(call, request, found));
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

const refusedAs = (
  { requestId: request }: Call,
  { method, presented }: Request,
  { snapshot: { tenant }, session, clientId }: Found,
  state?: string,
) => ({
  tenant,
  request,
  about: session ? aboutOf(session) : { client: clientId },
  facts: { method, presented: presented?.$case ?? 'nothing', ...(state && { state }) },
});

const applicationOf = ({ applications }: TenantSnapshot, clientId: string): Application | undefined =>
  applications.find((application) => application.clientId === clientId);

const belongs = (
  session: Session,
  presented: { subject: string; clientId: string } | { cookieHash: Uint8Array },
): boolean =>
  'cookieHash' in presented
    ? session.cookieHash !== undefined && equalBytes(session.cookieHash, presented.cookieHash)
    : session.subject === presented.subject && session.clientId === presented.clientId;

const personClaims = (session: Session, at: number) => ({
  sub: session.subject,
  pseudonym: session.pseudonym,
  sid: session.id,
  acr: acrAt(session, at),
  auth_time: session.authTime,
});
