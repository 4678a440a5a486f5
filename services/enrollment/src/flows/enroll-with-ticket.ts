import type { common } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { Person } from '../domain/person.js';
import { hashOfSecret } from '../domain/ticket.js';
import { whereFrom } from '../events/journal.js';
import type { Parts } from '../parts.js';
import { openProfile } from './profile.js';
import { registrationOptions } from './registration-options.js';
import { signalsOf, type SignalFacts } from './signal-facts.js';
import type { Enrolled, Registration, RegistrationAnswer } from './registration.js';

/** An opened ticket as its holder presents it. */
export interface Binding {
  clientId: string;
  binding: string;
}

/** The first authenticator of a person: by a ticket, in the browser or device that opened it (R4). */
export class EnrollWithTicket {
  constructor(
    private readonly parts: Parts,
    private readonly registration: Registration,
  ) {}

  /** @throws `client_unknown`, `enrollment_binding_refused` */
  async begin({ clientId, binding }: Binding, origin: common.Origin | undefined, call: Call): Promise<string> {
    const { snapshot } = this.parts.snapshots.byClient(clientId);
    const ticket = await this.ticketOf(snapshot.tenant, { clientId, binding });
    if (!ticket) return this.refuseBinding(snapshot.tenant, clientId, origin, call);
    await this.parts.keys.ready(snapshot.tenant);
    const { person } = ticket;
    const profile = openProfile(this.parts.keys, person, ticket.profile);
    const leave = { kind: 'ticket', ticket: ticket.id } as const;
    return registrationOptions(this.parts, { snapshot, clientId, person, profile, leave }, call);
  }

  /** @throws `enrollment_binding_refused`, `challenge_spent`, `credential_exists`, and the codes of `verifyRegistration` */
  async complete({ clientId, binding }: Binding, answer: RegistrationAnswer, call: Call): Promise<Enrolled> {
    const { snapshot, application } = this.parts.snapshots.byClient(clientId);
    const { tickets, keys } = this.parts;
    const ticket = await this.ticketOf(snapshot.tenant, { clientId, binding });
    await keys.ready(snapshot.tenant);
    const completing = {
      snapshot,
      application,
      person: ticket?.person,
      holds: (leave: { kind: string; ticket?: string }) => leave.kind === 'ticket' && leave.ticket === ticket?.id,
      spend: (tx: Parameters<typeof tickets.spend>[0]) =>
        tickets.spend(tx, snapshot.tenant, ticket!.id, hashOfSecret(binding)!),
      refusal: 'enrollment_binding_refused',
      rule: 'R4',
    } as const;
    return this.registration.complete(completing, answer, call);
  }

  /** What the browser of the new authenticator may be told about all of the person's. */
  async signals({ tenant, subject }: Person): Promise<SignalFacts> {
    const { keys, people } = this.parts;
    const person = await people.find(tenant, subject);
    if (!person) throw refuse('not_found');
    return signalsOf(
      { ...person, ...openProfile(keys, person, person.profile) },
      await people.credentials(tenant, subject),
    );
  }

  private async ticketOf(tenant: string, { clientId, binding }: Binding) {
    const hash = hashOfSecret(binding);
    return hash && this.parts.tickets.byBinding(tenant, hash, clientId);
  }

  private async refuseBinding(
    tenant: string,
    client: string,
    origin: common.Origin | undefined,
    { requestId: request }: Call,
  ): Promise<never> {
    const code = 'enrollment_binding_refused';
    const personal = whereFrom(origin);
    await this.parts.journal.record({
      type: 'credential.refused',
      outcome: 'refused',
      code,
      clause: 'R4',
      tenant,
      client,
      request,
      personal,
    });
    throw refuse(code);
  }
}
