import { randomUUID } from 'node:crypto';
import type { common } from '@countersign/contracts';
import { refuse, type Code } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { MAX_WRONG_PINS, hashOfSecret, newPin, newSecret, outcomeOf } from '../domain/ticket.js';
import { whereFrom } from '../events/journal.js';
import type { Parts } from '../parts.js';
import type { PresentedTicket } from '../store/ticket-store.js';
import type { ServerCaller } from './caller.js';
import { openProfile } from './profile.js';

export interface IssuedTicket {
  ticket: string;
  /** Empty unless asked for. */
  pin: string;
  expiresAt: Date;
}

/** A ticket as somebody presents it. */
export interface Presented {
  clientId: string;
  ticket: string;
  /** Empty: none. */
  pin: string;
  origin: common.Origin | undefined;
}

export interface OpenedTicket {
  /** Takes the ticket's place from now on. */
  binding: string;
  expiresAt: Date;
  displayName: string;
}

/** Leave to enroll a first authenticator: single use, ten minutes, bound to whoever opens it first (R4). */
export class Tickets {
  constructor(private readonly parts: Parts) {}

  /** @throws `not_found` */
  async issue(caller: ServerCaller, subject: string, withPin: boolean, request: string): Promise<IssuedTicket> {
    const { people, subjects, tickets, database, journal, hashes } = this.parts;
    const person = await people.find(caller.tenant, subject);
    if (!person) throw refuse('not_found');
    const { tenant } = caller;
    const { value: ticket, hash } = newSecret();
    const [id, pin] = [randomUUID(), withPin ? newPin() : ''];
    const pinHash = withPin ? hashes.pin(hash, pin) : undefined;
    const expiresAt = await database.inTenant(tenant, async (tx) => {
      if (!(await subjects.hold(tx, tenant, [person.subject]))) throw refuse('not_found');
      const facts = { ticket: id, pin: String(withPin) };
      await journal.append(tx, {
        type: 'ticket.issued',
        outcome: 'success',
        tenant,
        about: person,
        client: caller.client,
        request,
        facts,
      });
      return tickets.add(tx, { id, tenant, subject: person.subject, hash, pinHash });
    });
    journal.committed();
    return { ticket, pin, expiresAt };
  }

  /**
   * Exchanges a ticket for a binding, once. Whatever is wrong with it looks the same, but for a missing or wrong PIN.
   *
   * @throws `client_unknown`, `ticket_refused`, `ticket_pin_wrong`
   */
  async open(presented: Presented, call: Call): Promise<OpenedTicket> {
    const { tenant } = this.parts.snapshots.byClient(presented.clientId).snapshot;
    const hash = hashOfSecret(presented.ticket);
    await this.parts.keys.ready(tenant);
    if (!hash) return this.refuseStranger(tenant, presented, call);
    const binding = newSecret();
    const ticket = await this.present(tenant, hash, binding.hash, presented, call);
    const { displayName } = openProfile(this.parts.keys, ticket.person, ticket.profile);
    return { binding: binding.value, expiresAt: ticket.expiresAt, displayName };
  }

  /** The update, the count of wrong PINs and the event are one commit; the refusal is thrown after it. */
  private async present(
    tenant: string,
    hash: Uint8Array,
    bindingHash: Uint8Array,
    { clientId, pin, origin }: Presented,
    call: Call,
  ): Promise<PresentedTicket> {
    const { database, tickets, journal, hashes } = this.parts;
    const row = await database.inTenant(tenant, async (tx) => {
      const presented = { tenant, hash, pinHash: hashes.pin(hash, pin), bindingHash, client: clientId };
      const ticket = await tickets.present(tx, presented);
      const about = ticket?.person ?? (await tickets.owner(tx, tenant, hash));
      const code = REFUSAL[outcomeOf(ticket)];
      const verdict = code
        ? ({ type: 'ticket.refused', outcome: 'refused', code, clause: 'R4' } as const)
        : ({ type: 'ticket.opened', outcome: 'success' } as const);
      const facts: Record<string, string> = ticket ? { ticket: ticket.id } : {};
      await journal.append(tx, {
        ...verdict,
        tenant,
        about,
        client: clientId,
        request: call.requestId,
        facts,
        personal: whereFrom(origin),
      });
      return ticket;
    });
    journal.committed();
    if (!row) throw refuse('ticket_refused');
    if (!row.opened) throw refuse('ticket_pin_wrong', { attemptsRemaining: MAX_WRONG_PINS - row.wrongPins });
    return row;
  }

  private async refuseStranger(tenant: string, { clientId }: Presented, call: Call): Promise<never> {
    await this.parts.journal.record({
      type: 'ticket.refused',
      outcome: 'refused',
      code: 'ticket_refused',
      clause: 'R4',
      tenant,
      client: clientId,
      request: call.requestId,
    });
    throw refuse('ticket_refused');
  }
}

const REFUSAL: Record<ReturnType<typeof outcomeOf>, Code | undefined> = {
  opened: undefined,
  'wrong pin': 'ticket_pin_wrong',
  dead: 'ticket_refused',
};
