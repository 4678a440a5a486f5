import type { common } from '@countersign/contracts';
import { isRefusal, refuse } from '@countersign/kernel';
import type { Person } from '../domain/person.js';
import { detailsContext } from '../events/journal.js';
import type { Parts } from '../parts.js';
import type { CallingPerson } from './grants.js';

/** Entries a request may ask for; a page of the activity history is smaller. */
const MAX_ENTRIES = 200;

/** Opens the caller's own sealed event details. */
export class Details {
  constructor(private readonly parts: Parts) {}

  /** A JSON object per entry; empty where it does not open: another person's, another event's, or damaged. */
  async open(caller: CallingPerson, details: common.SealedDetails[]): Promise<string[]> {
    if (details.length > MAX_ENTRIES) throw refuse('request_invalid', {}, 'too many details');
    const person = await this.parts.people.find(caller.tenant, caller.person.subject);
    if (!person) return details.map(() => '');
    await this.parts.keys.ready(caller.tenant);
    return details.map((each) => this.opened(person, each));
  }

  private opened(person: Person, { sealed, commitment, event }: common.SealedDetails): string {
    try {
      return JSON.stringify(this.parts.keys.open(person, detailsContext(person, event), { sealed, commitment }));
    } catch (error) {
      if (isRefusal(error)) return '';
      throw error;
    }
  }
}
