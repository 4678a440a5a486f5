import { type session as contract } from '@countersign/contracts';
import { refuse, unixSeconds, type Clock } from '@countersign/kernel';
import { personOf, type Call } from '@countersign/platform';
import { acrFor, stepUpNeeded, type TenantSnapshot } from '@countersign/policy';
import { csrfTokenOf } from '../domain/secrets.js';
import { acrAt, type EndReason, type Session } from '../domain/session.js';
import type { EndTarget, Events, SessionStore, Snapshots } from '../ports.js';
import type { Issuers } from './issuers.js';
import { endedLeaf } from './session-events.js';

/** What a person sees and does with their own sessions (NXG-10). Tenant and subject come from the caller token alone. */
export class OwnSessions {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly store: SessionStore,
    private readonly issuers: Issuers,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  async current(call: Call): Promise<contract.CurrentResponse> {
    const { session } = await this.present(call);
    const csrfToken = session.cookieHash ? csrfTokenOf(session.cookieHash) : '';
    return { session: this.shown(session, session.id), csrfToken };
  }

  /**
   * A short-lived token for the bank's own API, bound to the key that came with the request. Check gives the caller token
   * for this only to a cookie.
   */
  async mintAccessToken(call: Call): Promise<contract.MintAccessTokenResponse> {
    const { snapshot, session } = await this.present(call);
    if (!session.cookieHash) throw refuse('scope_missing');
    return this.issuers.signFor(snapshot, { ...session, ...keyOf(call) });
  }

  async list(call: Call): Promise<contract.ListSessionsResponse> {
    const { tenant, person } = personOf(call);
    const { policy } = this.snapshots.byTenant(tenant);
    const sessions = await this.store.list(tenant, person.subject, policy.sessions);
    return { sessions: sessions.map((session) => this.shown(session, person.session)) };
  }

  /** @throws `not_found` for an id that is unknown, someone else's, or not alive any more */
  async endOne(session: string, call: Call): Promise<void> {
    const { person } = personOf(call);
    const ended = await this.end({ session, subject: person.subject }, 'signed_out_elsewhere', call);
    if (ended === 0) throw refuse('not_found');
  }

  async signOut(call: Call): Promise<void> {
    const { person } = personOf(call);
    await this.end({ session: person.session, subject: person.subject }, 'sign_out', call);
  }

  /** @throws `step_up_required` */
  signOutOthers(call: Call): Promise<number> {
    const { person } = this.fresh(call);
    return this.end({ subject: person.subject, except: person.session }, 'sign_out_others', call);
  }

  /** @throws `step_up_required` */
  signOutAll(call: Call): Promise<number> {
    const { person } = this.fresh(call);
    return this.end({ subject: person.subject }, 'sign_out_all', call);
  }

  /** NXG-10: signing out other sessions needs a fresh biometric. */
  private fresh(call: Call): ReturnType<typeof personOf> {
    const caller = personOf(call);
    const { policy } = this.snapshots.byTenant(caller.tenant);
    const acr = acrFor(policy, { application: caller.clientId });
    const needed = { acr, maxAge: policy.sessions.signOutOthersMaxAge };
    const lacks = stepUpNeeded(needed, caller.person, unixSeconds(this.clock.now()));
    if (lacks) throw refuse('step_up_required', lacks);
    return caller;
  }

  private async end(target: EndTarget, reason: EndReason, call: Call): Promise<number> {
    const { tenant } = personOf(call);
    const { policy } = this.snapshots.byTenant(tenant);
    const ended = await this.store.end(tenant, target, reason, policy.sessions, (session) => [
      endedLeaf(this.events, session, reason, call.requestId),
    ]);
    this.events.wake();
    return ended;
  }

  /** The caller's own session; it may have ended since its caller token was signed. */
  private async present(call: Call): Promise<{ snapshot: TenantSnapshot; session: Session }> {
    const { tenant, person } = personOf(call);
    const snapshot = this.snapshots.byTenant(tenant);
    const found = await this.store.find(tenant, person.session, snapshot.policy.sessions);
    if (found?.state !== 'live') throw refuse('session_ended');
    return { snapshot, session: found.session };
  }

  private shown(session: Session, current: string): contract.Session {
    const { id, subject, clientId, credential, platform, amr } = session;
    return {
      ...{ id, subject, clientId, credential, platform, amr },
      acr: acrAt(session, unixSeconds(this.clock.now())),
      authTime: BigInt(session.authTime),
      createdAt: session.createdAt.toISOString(),
      lastActiveAt: session.lastActiveAt.toISOString(),
      current: id === current,
    };
  }
}

/** Check asked for the key where policy does. */
const keyOf = ({ identity }: Call): { jkt?: string } => (identity?.jkt === undefined ? {} : { jkt: identity.jkt });
