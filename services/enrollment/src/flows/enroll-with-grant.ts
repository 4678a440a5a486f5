import type { Transaction } from '@countersign/database';
import type { Call } from '@countersign/platform';
import { CEREMONY_SECONDS, type Leave } from '../domain/ceremony.js';
import type { Parts } from '../parts.js';
import type { CallingPerson, Grants } from './grants.js';
import type { Enrolled, Registration, RegistrationAnswer } from './registration.js';
import { registrationOptions } from './registration-options.js';
import { ownSubject } from './own-subject.js';

type GrantLeave = Extract<Leave, { kind: 'grant' }>;

/** A further authenticator of a person who is signed in: by a step-up grant that is fresh when the options are asked for. */
export class EnrollWithGrant {
  constructor(
    private readonly parts: Parts,
    private readonly grants: Grants,
    private readonly registration: Registration,
  ) {}

  /** @throws `step_up_required`, `grant_refused` */
  async begin(grant: string, caller: CallingPerson, call: Call): Promise<string> {
    const { clientId, tenant } = caller;
    const snapshot = this.parts.snapshots.byTenant(tenant);
    const person = await ownSubject(this.parts, caller);
    const act = { action: 'authenticator.add', parameters: {} } as const;
    const { jti, exp, sid, cred } = await this.grants.judge(grant, act, caller, person, call);
    const leave = { kind: 'grant', jti, expiresAt: exp, session: sid, credential: cred } as const;
    return registrationOptions(this.parts, { snapshot, clientId, person, profile: person, leave }, call);
  }

  /**
   * The sealed challenge proves that the grant was fresh when this began; here it is spent, with the insert.
   *
   * @throws `grant_refused`, `challenge_spent`, `credential_exists`, and the codes of `verifyRegistration`
   */
  async complete(answer: RegistrationAnswer, caller: CallingPerson, call: Call): Promise<Enrolled> {
    const { snapshot, application } = this.parts.snapshots.byClient(caller.clientId);
    const person = await ownSubject(this.parts, caller);
    const { session } = caller.person;
    const completing = {
      snapshot,
      application,
      person,
      session,
      holds: (leave: Leave) => leave.kind === 'grant' && leave.session === session,
      spend: (tx: Transaction, leave: Leave) => this.spend(tx, caller, leave as GrantLeave),
      refusal: 'grant_refused',
      rule: 'R29',
    } as const;
    return this.registration.complete(completing, answer, call);
  }

  /** Remembered until the last challenge that could name it has expired. */
  private spend(tx: Transaction, { tenant, person: { subject } }: CallingPerson, leave: GrantLeave): Promise<boolean> {
    const { jti, credential, expiresAt } = leave;
    const keepUntil = new Date((expiresAt + 2 * CEREMONY_SECONDS) * 1000);
    return this.parts.credentials.spendGrant(tx, { tenant, subject, jti, keepUntil, credential });
  }
}
