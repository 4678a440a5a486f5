import { refuse, unixSeconds, type BuiltInAction, type CountersignError } from '@countersign/kernel';
import { verifyJws } from '@countersign/keys';
import type { Call, CallerIdentity } from '@countersign/platform';
import { acrFor } from '@countersign/policy';
import { GRANT_SECONDS, grantClaims, judgeGrant, type GrantClaims } from '../domain/grant.js';
import type { Person } from '../domain/person.js';
import type { Parts } from '../parts.js';

/** A person who calls, as the caller token names them. */
export type CallingPerson = CallerIdentity & Required<Pick<CallerIdentity, 'person'>>;

/** An act that a session alone may not do (R29). */
export interface GuardedAct {
  action: BuiltInAction;
  parameters: Record<string, unknown>;
}

const TYPE = 'countersign-grant+jwt';
const ISSUER = 'countersign-session';

/** Judges step-up grants. Spending them belongs to the transaction of the act. */
export class Grants {
  constructor(private readonly parts: Pick<Parts, 'grantKeys' | 'clock' | 'journal' | 'snapshots'>) {}

  /**
   * @param token as the client sent it; empty when it sent none
   * @throws `step_up_required` without a grant, `grant_refused` for one that does not fit (with its event)
   */
  async judge(token: string, act: GuardedAct, caller: CallingPerson, about: Person, call: Call): Promise<GrantClaims> {
    if (token === '') throw this.stepUpNeeded(caller, act);
    const grant = await this.verified(token, caller.tenant);
    const now = unixSeconds(this.parts.clock.now());
    const { subject, session } = caller.person;
    const verdict =
      grant && judgeGrant({ ...act, grant, caller: { subject, session, clientId: caller.clientId }, now });
    if (grant && verdict?.ok) return grant;
    const facts = verdict?.ok === false ? verdict.facts : { check: 'token' };
    return this.refused(act, caller, about, call, facts);
  }

  /** RFC 9470: what a step-up has to reach is what the application asks for signing in. */
  private stepUpNeeded({ tenant, clientId }: CallingPerson, { action }: GuardedAct): CountersignError {
    const { policy } = this.parts.snapshots.byTenant(tenant);
    const acrValues = acrFor(policy, { application: clientId });
    return refuse('step_up_required', { acrValues, maxAge: GRANT_SECONDS, action });
  }

  /** Writes down why a grant was refused, then refuses it. */
  async refused(
    act: GuardedAct,
    caller: CallingPerson,
    about: Person,
    call: Call,
    facts: Record<string, unknown>,
  ): Promise<never> {
    const told = Object.entries(facts).map(([name, value]) => [name, String(value)]);
    await this.parts.journal.record({
      type: 'grant.refused',
      outcome: 'refused',
      code: 'grant_refused',
      clause: 'R29',
      tenant: caller.tenant,
      about,
      client: caller.clientId,
      session: caller.person.session,
      request: call.requestId,
      facts: { action: act.action, ...(Object.fromEntries(told) as Record<string, string>) },
    });
    throw refuse('grant_refused');
  }

  private async verified(token: string, tenant: string): Promise<GrantClaims | undefined> {
    const expected = {
      typ: TYPE,
      issuer: ISSUER,
      audience: `countersign:${tenant}`,
      keyOf: (kid: string) => this.parts.grantKeys.key(kid),
      now: this.parts.clock.now(),
      maxLifetime: GRANT_SECONDS,
    };
    const read = await verifyJws(token, expected).catch((error: unknown) => {
      if (isTokenRefusal(error)) return undefined;
      throw error;
    });
    return read && grantClaims(read.claims);
  }
}

/** Keys that cannot be had are no fault of the grant. */
const isTokenRefusal = (error: unknown): boolean =>
  ['token_refused', 'token_expired'].includes((error as { code?: string }).code ?? '');
