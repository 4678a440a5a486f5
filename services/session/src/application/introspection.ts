import { session as contract } from '@countersign/contracts';
import { refuse, unixSeconds, type Clock } from '@countersign/kernel';
import type { CallerIdentity } from '@countersign/platform';
import { acrDecides, acrFor, actionPolicyOf, stepUpNeeded, type TenantSnapshot } from '@countersign/policy';
import type { AccessToken } from '../domain/access-token.js';
import { audienceOf } from '../domain/issuer.js';
import { scopesStillHeld } from '../domain/scopes.js';
import { acrAt, isBoundAs, type Session } from '../domain/session.js';
import type { SessionStore, Snapshots } from '../ports.js';
import { tokenTypeOf, type Issuers, type ReadToken } from './issuers.js';

const INACTIVE = contract.IntrospectResponse.fromPartial({ active: false });

type ActiveToken = Required<ReadToken>['token'];

/** Token introspection (RFC 7662) for a tenant's servers. It writes nothing (R20). */
export class Introspection {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly clock: Clock,
  ) {}

  /**
   * Unknown, foreign, expired and ended tokens all answer exactly `active: false` (§2.2). `acr`, `amr` and `auth_time` are
   * the session's of this moment: a step-up counts at once, also for a token issued before it.
   *
   * @throws `scope_missing` without the scope `introspect`; `action_unknown`
   */
  async introspect(request: contract.IntrospectRequest, caller: CallerIdentity): Promise<contract.IntrospectResponse> {
    if (caller.person || !caller.scopes.includes('introspect')) throw refuse('scope_missing');
    const snapshot = this.snapshots.byTenant(caller.tenant);
    if (request.action !== '' && !actionPolicyOf(snapshot.policy, request.action)) throw refuse('action_unknown');
    const read = await this.issuers.read(request.token);
    if (read?.snapshot.tenant !== caller.tenant || !read.token) return INACTIVE;
    const active = await this.active(snapshot, read.token);
    if (!active || request.action === '') return active ?? INACTIVE;
    return { ...active, stepUp: this.stepUp(snapshot, request.action, active) };
  }

  /**
   * What is still missing for an action (RFC 9470). Where the action asks of the credential what no `acr` expresses, a step-up
   * for that very action is always required: its grant shows that the credential was good enough.
   */
  private stepUp(
    { policy }: TenantSnapshot,
    action: string,
    { clientId: application, acr, authTime }: contract.IntrospectResponse,
  ): contract.StepUpNeeded {
    const needed = { acr: acrFor(policy, { application, action }), maxAge: actionPolicyOf(policy, action)!.maxAge };
    const lacks = stepUpNeeded(needed, { acr, authTime: Number(authTime) }, unixSeconds(this.clock.now()));
    const required = lacks !== undefined || !acrDecides(policy, action);
    return { required, acrValues: needed.acr, maxAge: needed.maxAge };
  }

  private async active(snapshot: TenantSnapshot, token: ActiveToken): Promise<contract.IntrospectResponse | undefined> {
    const application = snapshot.applications.find(({ clientId }) => clientId === token.clientId);
    if (!application) return undefined;
    if (token.kind === 'server') {
      const scope = scopesStillHeld(token.scopes, application.scopes).join(' ');
      return application.type === 'server'
        ? this.common(snapshot, token, { subject: token.clientId, scope })
        : undefined;
    }
    const found = await this.store.find(snapshot.tenant, token.session, snapshot.policy.sessions);
    if (found?.state !== 'live' || !isOf(found.session, token)) return undefined;
    const { subject, id: session, amr, authTime } = found.session;
    const acr = acrAt(found.session, unixSeconds(this.clock.now()));
    return this.common(snapshot, token, { subject, session, acr, amr, authTime: BigInt(authTime) });
  }

  private common(
    snapshot: TenantSnapshot,
    { clientId, iat, exp, jkt }: ActiveToken,
    about: Partial<contract.IntrospectResponse>,
  ): contract.IntrospectResponse {
    return contract.IntrospectResponse.fromPartial({
      active: true,
      clientId,
      issuedAt: BigInt(iat),
      expiresAt: BigInt(exp),
      issuer: this.issuers.issuer(snapshot),
      audience: audienceOf(snapshot.slug),
      tokenType: tokenTypeOf({ jkt }),
      jkt: jkt ?? '',
      ...about,
    });
  }
}

/** A token from before its session was bound to a key is worth no more than to `Check`: nothing. */
const isOf = (session: Session, token: AccessToken & { kind: 'person' }): boolean =>
  session.subject === token.subject && session.clientId === token.clientId && isBoundAs(session, token);
