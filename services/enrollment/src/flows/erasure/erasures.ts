import { randomUUID } from 'node:crypto';
import type { Transaction } from '@countersign/database';
import { isUuid, refuse, uuidv7 } from '@countersign/kernel';
import type { Parts } from '../../parts.js';
import type { StoredErasure } from '../../store/erasure-store.js';
import type { ServerCaller } from '../caller.js';

/**
 * Erasure of people (GDPR Art. 17). One transaction destroys the person's data key and all that enrollment keeps, and
 * announces it; the rest is work that goes on by itself until every service has confirmed.
 */
export class Erasures {
  constructor(private readonly parts: Pick<Parts, 'database' | 'subjects' | 'erasures' | 'journal' | 'snapshots'>) {}

  /**
   * Begins it, or answers with the one there is.
   * @throws `not_found`, `subject_is_operator`
   */
  async erase({ tenant, client }: ServerCaller, id: string): Promise<StoredErasure> {
    if (!isUuid(id)) throw refuse('not_found');
    if (this.isOperator(id)) throw refuse('subject_is_operator');
    const begun = await this.parts.database.inTenant(tenant, (tx) => this.begin(tx, tenant, client, id));
    this.parts.journal.committed();
    return begun;
  }

  /** @throws `not_found` */
  async read(tenant: string, id: string): Promise<StoredErasure> {
    const found = await this.parts.database.inTenant(tenant, (tx) => this.parts.erasures.find(tx, tenant, id));
    if (!found) throw refuse('not_found');
    return found;
  }

  private async begin(tx: Transaction, tenant: string, client: string, subject: string): Promise<StoredErasure> {
    const { subjects, erasures, journal } = this.parts;
    const person = await subjects.byId(tx, tenant, subject);
    const devices = person && (await erasures.erase(tx, tenant, subject, randomUUID()));
    if (person && devices !== undefined) {
      // The id of the request would lead from the caller's own records to the pseudonym: the event has one of its own.
      const entry = { type: 'subject.erased', outcome: 'success', tenant, client, request: uuidv7() } as const;
      await journal.append(tx, { ...entry, about: person, facts: { devices: String(devices) } });
    }
    const erasure = await erasures.ofSubject(tx, tenant, subject);
    if (!erasure) throw refuse('not_found');
    return erasure;
  }

  /** An operator is a subject of the platform's own tenant: whoever may act for a tenant is taken from its list first. */
  private isOperator(id: string): boolean {
    return [...this.parts.snapshots.all()].some(({ operators }) => operators.some(({ subject }) => subject === id));
  }
}
