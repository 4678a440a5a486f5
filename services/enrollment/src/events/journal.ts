import { makeLeaf, type EventFields } from '@countersign/contracts';
import type { Database, Queryable } from '@countersign/database';
import { uuidv7, toBase64Url } from '@countersign/kernel';
import { sealedUnder } from '@countersign/keys';
import type { common } from '@countersign/contracts';
import type { Person } from '../domain/person.js';
import type { PersonKeys } from '../store/person-keys.js';

/** An event of this service; `about` names the person it concerns. */
export type Entry = Omit<EventFields, 'source' | 'subject' | 'personal' | 'tenant'> & {
  tenant: string;
  about?: Person;
  /** Sealed under the person's key; left out where nobody is known. */
  personal?: Record<string, string>;
};

const APPEND = { name: 'outbox_append', text: 'select outbox_append($1, $2, $3, $4, $5)' };

/** What seals the details of one event: the same names it when they are opened. */
export const detailsContext = (person: Pick<Person, 'tenant' | 'subject'>, event: string) => ({
  event,
  subject: person.subject,
  tenant: person.tenant,
});

/** Where the request came from, without what is empty. */
export const whereFrom = (origin: common.Origin | undefined): Record<string, string> => ({
  ...(origin?.address ? { address: origin.address } : {}),
  ...(origin?.userAgent ? { userAgent: origin.userAgent.slice(0, 512) } : {}),
});

/** Writes events into the outbox: in the transaction of a change, or alone where nothing else changed. */
export class Journal {
  constructor(
    private readonly database: Database,
    private readonly keys: PersonKeys,
    private readonly wake: () => void,
  ) {}

  /** To be called inside the transaction of the change; tell `committed` afterwards. */
  async append(tx: Queryable, entry: Entry): Promise<void> {
    const { about, personal = {}, ...fields } = entry;
    const id = uuidv7();
    const sealed =
      about && Object.keys(personal).length > 0
        ? this.keys.seal(about, detailsContext(about, id), personal)
        : undefined;
    const commitment = sealed && { commitment: sealed.commitment, keyId: toBase64Url(sealedUnder(sealed.sealed)) };
    const event = { ...fields, source: 'enrollment' as const, subject: about?.pseudonym, personal: commitment };
    const { leaf, tenant, type } = makeLeaf(event, new Date(), id);
    await tx.query(APPEND, [id, tenant, type, Buffer.from(leaf), sealed ? Buffer.from(sealed.sealed) : null]);
  }

  /** A refusal that changed nothing else. The function sets the tenant: one round trip, one commit. */
  async record(entry: Entry): Promise<void> {
    await this.append(this.database, entry);
    this.wake();
  }

  /** The relay need not wait for its next look. */
  committed(): void {
    this.wake();
  }
}
