import type { session as contract } from '@countersign/contracts';
import { isThumbprint, isUuid, refuse, unixSeconds, uuidv7, type Clock, type Code } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { ACR_ORDER, type Application, type TenantSnapshot } from '@countersign/policy';
import { acrAt, hardwareSince, type Session } from '../domain/session.js';
import type { Elevation, Events, SessionStore, Snapshots } from '../ports.js';
import { GRANT, type CallerTokens } from './caller-tokens.js';
import type { ClientKeys } from './client-keys.js';
import type { Issuers } from './issuers.js';
import { establishedLeaf, isAcr, openingOf, proofOf, provenFields } from './proof.js';
import { aboutOf, endedLeaf, refuseWith, type About } from './session-events.js';

const ACTION = /^[a-z][a-z0-9_.-]{0,63}$/;
const HASH = /^[A-Za-z0-9_-]{43}$/;
/** Web applications have a cookie. */
const NO_TOKEN = { accessToken: '', expiresIn: 0, tokenType: '' };
const ENDS = ['revoked', 'suspended'] as const;

/**
 * New sessions, more assurance, grants, and the end of a device: on the word of verification and enrollment, the only
 * callers the topology lists for these methods (R28).
 */
export class Minting {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly tokens: CallerTokens,
    private readonly keys: ClientKeys,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** Whose key the tokens of a sign-in will be bound to, before the sign-in costs anybody anything. @throws `dpop_…` */
  async checkProof(request: contract.CheckProofRequest, call: Call): Promise<contract.CheckProofResponse> {
    const client = this.snapshots.byClient(request.clientId);
    if (client.snapshot.tenant !== request.tenant) throw refuse('request_invalid', {}, 'tenant');
    const key = await this.keys.proven(client, request.proof, call, request.method);
    return { jkt: key?.jkt ?? '', dpopNonce: key?.nonce ?? '' };
  }

  /** One statement, one commit: session, secrets and event. @throws `device_ended`, `dpop_proof_missing` */
  async establish(request: contract.EstablishRequest, call: Call): Promise<contract.EstablishResponse> {
    const { snapshot, application } = this.clientOf(request);
    const { session, answer } = openingOf(request, application.type);
    const mustBind = application.type === 'native' && snapshot.policy.dpop.native === 'required';
    if (mustBind && session.jkt === undefined)
      return this.refused(request.tenant, 'dpop_proof_missing', call, aboutOf(session));
    const signed = application.type === 'native' ? await this.issuers.signFor(snapshot, session) : NO_TOKEN;
    const event = establishedLeaf(request, session.id, application.type, call);
    if (!(await this.store.establish(session, event, request.details?.sealed)))
      return this.refused(request.tenant, 'device_ended', call, aboutOf(session));
    this.events.wake();
    return { session: session.id, ...answer, ...signed };
  }

  /** The same session, higher. @throws `session_ended`, `elevation_refused` */
  async elevate(request: contract.ElevateRequest, call: Call): Promise<contract.ElevateResponse> {
    const { snapshot, session } = await this.sessionOf(request, call);
    const { acr, amr } = request;
    const at = unixSeconds(this.clock.now());
    const proven = { acr, amr, authTime: Number(request.authTime) };
    const raised: Elevation = { ...proofOf(request), ...proven, hardwareSince: hardwareSince(at) };
    const event = this.events.leaf({
      type: 'session.elevated',
      ...provenFields({ ...request, pseudonym: session.pseudonym, clientId: session.clientId }, call),
      session: session.id,
      facts: { from: acrAt(session, at) },
    });
    if (!(await this.store.elevate(raised, ACR_ORDER, snapshot.policy.sessions, event)))
      return this.refused(request.tenant, 'elevation_refused', call, aboutOf(session, request.credential));
    this.events.wake();
    if (session.cookieHash) return NO_TOKEN;
    return this.issuers.signFor(snapshot, { ...session, ...proven });
  }

  /** What the person agreed to, for whoever owns the action. @throws `session_ended`, `device_ended` */
  async grant(request: contract.GrantRequest, call: Call): Promise<contract.GrantResponse> {
    const { snapshot, session } = await this.sessionOf(request, call);
    const { actionName: act, actionHash: ach, acr, credential: cred, clientId: cid } = request;
    if (!ACTION.test(act) || !HASH.test(ach) || cid !== session.clientId) throw refuse('request_invalid', {}, 'grant');
    const jti = uuidv7();
    const event = this.events.leaf({
      type: 'grant.issued',
      ...provenFields({ ...request, pseudonym: session.pseudonym, amr: [] }, call),
      session: session.id,
      facts: { grant: jti, action: act, hash: ach },
    });
    const about = { sub: session.subject, psn: session.pseudonym, sid: session.id, cid, cred, act, ach, acr };
    const grant = await this.tokens.grant(snapshot.tenant, { ...about, auth_time: Number(request.authTime), jti });
    if (!(await this.store.grant(proofOf(request), snapshot.policy.sessions, event)))
      return this.refused(request.tenant, 'device_ended', call, aboutOf(session, request.credential));
    this.events.wake();
    return { grant, expiresIn: GRANT.lifetime };
  }

  /** Ends every session of a device, those being established included. Repeating it changes nothing. */
  async endDevice(request: contract.EndDeviceRequest, call: Call): Promise<contract.EndDeviceResponse> {
    const { tenant, credential } = request;
    const end = ENDS.find((known) => known === request.reason);
    if (!isUuid(credential) || !end) throw refuse('request_invalid', {}, 'device');
    const { policy } = this.snapshots.byTenant(tenant);
    const reason = `device_${end}` as const;
    const ended = await this.store.endDevice(tenant, credential, reason, policy.sessions, (session) => [
      endedLeaf(this.events, session, reason, call.requestId),
    ]);
    this.events.wake();
    return { ended };
  }

  private clientOf(request: contract.EstablishRequest): { snapshot: TenantSnapshot; application: Application } {
    const client = this.snapshots.byClient(request.clientId);
    const { tenant, subject, credential, pseudonym, acr, jkt } = request;
    const isBindable = jkt === '' || (client.application.type === 'native' && isThumbprint(jkt));
    const good = isUuid(subject) && isUuid(credential) && pseudonym !== '' && isAcr(acr) && isBindable;
    if (!good || client.snapshot.tenant !== tenant || client.application.type === 'server')
      throw refuse('request_invalid', {}, 'establish');
    return client;
  }

  private async sessionOf(
    request: contract.ElevateRequest | contract.GrantRequest,
    call: Call,
  ): Promise<{ snapshot: TenantSnapshot; session: Session }> {
    const { tenant, session: id, subject, credential, acr } = request;
    if (!isUuid(id) || !isUuid(credential) || !isAcr(acr)) throw refuse('request_invalid', {}, 'proof');
    const snapshot = this.snapshots.byTenant(tenant);
    const found = await this.store.find(tenant, id, snapshot.policy.sessions);
    if (found?.state !== 'live' || found.session.subject !== subject)
      return this.refused(tenant, 'session_ended', call, { session: id, credential });
    return { snapshot, session: found.session };
  }

  private refused(tenant: string, code: Code, call: Call, about: About): Promise<never> {
    const facts = { method: call.method };
    return refuseWith(this.events, 'session.refused', { tenant, request: call.requestId, code, about, facts });
  }
}
