import { randomUUID } from 'node:crypto';
import type { Transaction } from '@countersign/database';
import { isUuid, refuse } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { nameContext, type Credential } from '../domain/credential.js';
import { GRANT_SECONDS, type GrantClaims } from '../domain/grant.js';
import { COMPROMISE, RESUMPTION, REVOCATION, SUSPENSION, refusalOf, type Transition } from '../domain/life-cycle.js';
import type { Person } from '../domain/person.js';
import { readDeviceName } from '../domain/text.js';
import type { Entry } from '../events/journal.js';
import type { Parts } from '../parts.js';
import type { CallingPerson, Grants, GuardedAct } from './grants.js';
import { trustRefusal } from './kept-trust.js';
import { ownSubject, type OwnSubject } from './own-subject.js';
import type { SessionEnding } from './session-ending.js';
import { signalsOf, type SignalFacts } from './signal-facts.js';

/** One change of one credential. */
interface Change {
  person: Person;
  id: string;
  transition: Transition;
  entry: Pick<Entry, 'client' | 'session' | 'facts'>;
  /** Spent with the change (R29). */
  grant?: GrantClaims;
}

/** The devices of a person. Another person's id, another tenant's and a random one are all `not_found`. */
export class Devices {
  constructor(
    private readonly parts: Parts,
    private readonly grants: Grants,
    private readonly endings: SessionEnding,
  ) {}

  async list(caller: CallingPerson): Promise<{ person: OwnSubject; credentials: Credential[] }> {
    const person = await ownSubject(this.parts, caller);
    return { person, credentials: await this.parts.people.credentials(caller.tenant, person.subject) };
  }

  /** @throws `device_name_invalid`, `not_found` */
  async rename(caller: CallingPerson, id: string, text: string, call: Call): Promise<Credential> {
    const name = readDeviceName(text);
    const person = await this.own(caller);
    const { database, credentials, journal, keys } = this.parts;
    const key = keyOf(person, id);
    const renamed = await database.inTenant(caller.tenant, async (tx) => {
      const credential = await credentials.rename(tx, key, keys.seal(person, nameContext(key), { name }));
      if (!credential) throw refuse('not_found');
      const event = { type: 'credential.renamed', outcome: 'success', credential: key.id } as const;
      await journal.append(tx, { ...event, ...aboutOf(person, call), ...entryOf(caller), personal: { name } });
      return credential;
    });
    journal.committed();
    return renamed;
  }

  /** Needs a session only: who lost a device must be quick. @throws `not_found`, `conflict` */
  async suspend(caller: CallingPerson, id: string, call: Call): Promise<Credential> {
    const person = await this.own(caller);
    return this.change({ person, id, transition: SUSPENSION, entry: entryOf(caller) }, call);
  }

  /** @throws `step_up_required`, `grant_refused`, `not_found`, `conflict`, `credential_compromised`, `device_condemned` */
  resume(caller: CallingPerson, id: string, grant: string, call: Call): Promise<Credential> {
    return this.guarded(caller, id, grant, 'authenticator.resume', RESUMPTION, call);
  }

  /** For good, also the last one: the bank then issues a ticket. @throws as `resume` */
  async revoke(caller: CallingPerson, id: string, grant: string, call: Call): Promise<void> {
    await this.guarded(caller, id, grant, 'authenticator.remove', REVOCATION, call);
  }

  /** What the caller's browser may be told now; read after a change, so that nothing new is missing from it. */
  async signals(caller: CallingPerson): Promise<SignalFacts> {
    const { person, credentials } = await this.list(caller);
    return signalsOf(person, credentials);
  }

  /** By verification, after a valid signature whose counter went back (R2, R30). Repeating it changes nothing. */
  async compromise(tenant: string, id: string, facts: Record<string, string>, call: Call): Promise<void> {
    const subject = await this.parts.people.ownerOf(tenant, id);
    const person = subject && (await this.parts.people.find(tenant, subject));
    if (!person) throw refuse('not_found');
    await this.parts.keys.ready(tenant);
    await this.change({ person, id, transition: COMPROMISE, entry: { facts } }, call);
  }

  private async guarded(
    caller: CallingPerson,
    id: string,
    token: string,
    action: GuardedAct['action'],
    transition: Transition,
    call: Call,
  ): Promise<Credential> {
    const person = await this.own(caller);
    const act = { action, parameters: { id } };
    const grant = await this.grants.judge(token, act, caller, person, call);
    try {
      if (transition === RESUMPTION) await this.requireSound(keyOf(person, id));
      return await this.change({ person, id, transition, grant, entry: entryOf(caller) }, call);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'grant_refused') return this.grants.refused(act, caller, person, call, { check: 'spent' });
      const clause = STANDS_AGAINST.get(code ?? '');
      if (clause) await this.recordRefusal(caller, person, { credential: id, code, clause }, call);
      throw error;
    }
  }

  /** A device that metadata, policy or a revoked key condemn is not brought back as long as they do. @throws `device_condemned` */
  private async requireSound(key: CredentialKey): Promise<void> {
    const { policy } = this.parts.snapshots.byTenant(key.tenant);
    const { models, trusts } = this.parts;
    const device = policy.metadata.onChange === 'suspend' && (await trusts.of(key));
    if (!device) return;
    const refusal = trustRefusal(device, policy, models.revoked);
    if (refusal || !models.judge(policy, device).ok) throw refuse('device_condemned');
  }

  /** Somebody tried to bring back a key that may have been copied, or that its model does not protect. */
  private recordRefusal(
    caller: CallingPerson,
    person: Person,
    why: Pick<Entry, 'credential' | 'code' | 'clause'>,
    call: Call,
  ): Promise<void> {
    const refusal = { type: 'credential.refused', outcome: 'refused', ...why } as const;
    return this.parts.journal.record({ ...refusal, ...aboutOf(person, call), ...entryOf(caller) });
  }

  /** State, spent grant, event and the promise to end the device's sessions are one commit. */
  private async change({ person, id, transition, grant, entry }: Change, call: Call): Promise<Credential> {
    const { database, credentials, journal, endings } = this.parts;
    const key = keyOf(person, id);
    const ending = { id: randomUUID(), tenant: key.tenant, credential: key.id, reason: transition.to };
    const changed = await database.inTenant(key.tenant, async (tx) => {
      if (grant && !(await this.spend(tx, person, grant))) throw refuse('grant_refused');
      const credential = await credentials.change(tx, key, transition);
      if (!credential) return this.unchanged(tx, key, transition);
      const facts = {
        ...(transition.reason ? { reason: transition.reason } : {}),
        ...(grant ? { grant: grant.jti } : {}),
      };
      const event = { type: transition.event, outcome: 'success', credential: key.id } as const;
      await journal.append(tx, { ...event, ...aboutOf(person, call), ...entry, facts: { ...facts, ...entry.facts } });
      if (transition.endsSessions) await endings.add(tx, ending);
      return credential;
    });
    journal.committed();
    if (transition.endsSessions) await this.endings.now(ending, call);
    return changed;
  }

  /** Suspending what is suspended already is no mistake; every other change that met no row is refused. */
  private async unchanged(tx: Transaction, key: CredentialKey, transition: Transition): Promise<Credential> {
    const found = await this.parts.credentials.find(tx, key);
    if (found?.state === 'suspended' && transition.to === 'suspended') return found;
    throw refuse(refusalOf(transition, found));
  }

  private spend(tx: Transaction, { tenant, subject }: Person, { jti, exp, cred }: GrantClaims): Promise<boolean> {
    const keepUntil = new Date((exp + GRANT_SECONDS) * 1000);
    return this.parts.credentials.spendGrant(tx, { tenant, subject, jti, keepUntil, credential: cred });
  }

  private async own({ tenant, person }: CallingPerson): Promise<Person> {
    const subject = await this.parts.people.find(tenant, person.subject);
    if (!subject) throw refuse('not_found');
    await this.parts.keys.ready(tenant);
    return subject;
  }
}

/** What stands against resuming a device, and the rule that says so. */
const STANDS_AGAINST = new Map([
  ['credential_compromised', 'R2'],
  ['device_condemned', 'FIDO MDS 3 §3.1.4'],
]);

type CredentialKey = { tenant: string; subject: string; id: string };

function keyOf({ tenant, subject }: Person, id: string): CredentialKey {
  if (!isUuid(id)) throw refuse('not_found');
  return { tenant, subject, id };
}

const aboutOf = (about: Person, call: Call) => ({ about, tenant: about.tenant, request: call.requestId });

const entryOf = ({ clientId, person }: CallingPerson) => ({ client: clientId, session: person.session });
