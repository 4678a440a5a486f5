import { readLeaf, type audit } from '@countersign/contracts';
import { isRefusal, refuse } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { readExportCursor, writeExportCursor, type ExportPlace } from '../../domain/export-cursor.js';
import { detailsContext } from '../../events/journal.js';
import type { Parts } from '../../parts.js';
import { heldOf } from '../../store/export-store.js';
import type { StoredSubject } from '../../store/subject-store.js';
import type { ServerCaller } from '../caller.js';
import { personDocument } from './person-document.js';

/** Sessions and events of one page: together well below what one call may carry. */
const SESSIONS = 200;
const EVENTS = 100;

/** A part of a page, and where it goes on. */
interface Part {
  found: unknown[];
  next: string | undefined;
}

/**
 * Everything the services hold of a person, in clear and machine-readable (GDPR Art. 15 and 20). A test holds it to every
 * column there is. Sessions and events have no bound of their own, so they come in pages.
 */
export class Exports {
  constructor(
    private readonly parts: Pick<
      Parts,
      'database' | 'people' | 'keys' | 'journal' | 'sessions' | 'histories' | 'records' | 'clock'
    >,
  ) {}

  /** @throws `not_found`, `cursor_invalid` */
  async page(
    caller: ServerCaller,
    id: string,
    cursor: string,
    call: Call,
  ): Promise<{ document: string; nextCursor: string }> {
    const place = readExportCursor(cursor);
    const subject = await this.parts.people.find(caller.tenant, id);
    if (!subject) throw refuse('not_found');
    await this.parts.keys.ready(caller.tenant);
    const first = cursor === '' ? await this.held(caller, subject, call) : {};
    const [sessions, events] = [await this.sessions(subject, place, call), await this.events(subject, place, call)];
    const document = { ...first, sessions: sessions.found, events: events.found };
    const nextCursor = writeExportCursor({ sessions: sessions.next, events: events.next });
    return { document: JSON.stringify(document), nextCursor };
  }

  /** What comes once; the record that it was asked for is written before it is told. */
  private async held({ client }: ServerCaller, subject: StoredSubject, call: Call): Promise<Record<string, unknown>> {
    const { database, journal, keys, clock, histories } = this.parts;
    const { tenant, pseudonym } = subject;
    const event = { type: 'subject.exported', outcome: 'success', tenant, client, request: call.requestId } as const;
    await journal.record({ ...event, about: subject });
    const rows = await database.inTenant(tenant, (tx) => heldOf(tx, tenant, subject.subject));
    const { sightings, refused, signIns, lastDay } = await histories.exportHistory(
      { tenant, subject: pseudonym },
      call,
    );
    return {
      exportedAt: clock.now().toISOString(),
      ...personDocument(keys, subject, rows),
      risk: { sightings, refused, signIns, lastDay: lastDay || null },
    };
  }

  private async sessions(
    { tenant, subject }: StoredSubject,
    { sessions: after }: ExportPlace,
    call: Call,
  ): Promise<Part> {
    if (after === undefined) return { found: [], next: undefined };
    const { sessions } = await this.parts.sessions.exportSessions({ tenant, subject, after, limit: SESSIONS }, call);
    const found = sessions.map(({ authTime, ...rest }) => ({
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value === '' ? null : value])),
      authTime: Number(authTime),
    }));
    return { found, next: sessions.length === SESSIONS ? sessions.at(-1)!.id : undefined };
  }

  private async events(owner: StoredSubject, { events: cursor }: ExportPlace, call: Call): Promise<Part> {
    if (cursor === undefined) return { found: [], next: undefined };
    const request = { tenant: owner.tenant, subject: owner.pseudonym, cursor, limit: EVENTS };
    const { events, nextCursor } = await this.parts.records.exportEvents(request, call);
    return { found: events.map((event) => this.opened(owner, event)), next: nextCursor || undefined };
  }

  private opened(owner: StoredSubject, { log, index, leaf, details }: audit.RecordedEvent) {
    const event: unknown = JSON.parse(leaf);
    const place = { log, index: Number(index), event };
    if (!details) return place;
    try {
      const context = detailsContext(owner, readLeaf(Buffer.from(leaf)).id);
      return { ...place, details: this.parts.keys.open(owner, context, details) };
    } catch (error) {
      if (isRefusal(error)) return { ...place, details: null };
      throw error;
    }
  }
}
