import { Controller, Inject } from '@nestjs/common';
import { audit, readLeaf, type EventType } from '@countersign/contracts';
import { PLATFORM_TENANT, isUuid, refuse } from '@countersign/kernel';
import { Rpc, identityOf, personOf, type Call } from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import { ACTIVITY_TYPES } from '../domain/activity.js';
import { readCursor, writeCursor } from '../domain/cursor.js';
import type { LogReader, StoredLeaf } from '../ports.js';
import { LOG_READER, TENANTS } from '../tokens.js';

/** The domain's list, held against the contract: a type that no service writes does not compile. */
const SHOWN_TO_PEOPLE: readonly EventType[] = ACTIVITY_TYPES;

export interface Tenants {
  bySlug(slug: string): TenantSnapshot;
}

/** Roles of an operator that may read a tenant's log. */
const READERS = new Set(['admin', 'auditor']);

@Controller()
export class AuditController {
  constructor(
    @Inject(LOG_READER) private readonly log: LogReader,
    @Inject(TENANTS) private readonly tenants: Tenants,
  ) {}

  @Rpc(audit.AuditServiceService.searchEvents)
  async searchEvents(request: audit.SearchEventsRequest, call: Call): Promise<audit.SearchEventsResponse> {
    const tenant = this.tenantOf(request.tenant, call);
    const limit = between(request.limit, 1, 200, 50);
    const found = await this.log.search(tenant, {
      types: request.type === '' ? undefined : [request.type],
      about: request.about || undefined,
      outcome: request.outcome || undefined,
      from: instant(request.from, 'from'),
      to: instant(request.to, 'to'),
      after: readCursor(request.cursor),
      ascending: request.ascending,
      limit,
    });
    return page(found, limit);
  }

  @Rpc(audit.AuditServiceService.activity)
  async activity(request: audit.ActivityRequest, call: Call): Promise<audit.ActivityResponse> {
    const { tenant, person } = personOf(call);
    const limit = between(request.limit, 1, 100, 30);
    const after = readCursor(request.cursor);
    const query = { types: SHOWN_TO_PEOPLE, subject: person.pseudonym, after, ascending: false, limit };
    return page(await this.log.search(tenant, query), limit);
  }

  @Rpc(audit.AuditServiceService.exportEvents)
  async exportEvents(request: audit.ExportEventsRequest): Promise<audit.ExportEventsResponse> {
    const { tenant, subject, cursor } = request;
    if (!isUuid(tenant) || subject === '') throw refuse('request_invalid', {}, 'export');
    const limit = between(request.limit, 1, 200, 100);
    return page(await this.log.search(tenant, { subject, after: readCursor(cursor), ascending: true, limit }), limit);
  }

  /** A server reads its own tenant. An operator names a tenant, and must be one of its readers. */
  private tenantOf(slug: string, call: Call): string {
    const { tenant, person, scopes } = identityOf(call);
    if (!person) {
      if (slug !== '' || !scopes.includes('audit:read')) throw refuse('not_found');
      return tenant;
    }
    if (tenant !== PLATFORM_TENANT) throw refuse('not_found');
    const snapshot = this.tenants.bySlug(slug);
    const roles = snapshot.operators.find(({ subject }) => subject === person.subject)?.roles ?? [];
    if (!roles.some((role) => READERS.has(role))) throw refuse('not_found');
    return snapshot.tenant;
  }
}

function page(found: StoredLeaf[], limit: number): { events: audit.RecordedEvent[]; nextCursor: string } {
  const last = found.at(-1);
  return { events: found.map(recorded), nextCursor: last && found.length === limit ? writeCursor(last) : '' };
}

function recorded({ log, index, leaf, sealed }: StoredLeaf): audit.RecordedEvent {
  const { id: event, personal } = readLeaf(leaf);
  const details = personal && sealed ? { commitment: personal.c, keyId: personal.k, sealed, event } : undefined;
  return { log, index, leaf: leaf.toString('utf8'), details };
}

/** 0 means not given. */
function between(value: number, least: number, most: number, fallback: number): number {
  if (value === 0) return fallback;
  if (value < least || value > most)
    throw refuse('request_invalid', { errors: [{ path: 'limit', message: `${least} to ${most}` }] });
  return value;
}

function instant(text: string, path: string): Date | undefined {
  if (text === '') return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw refuse('request_invalid', { errors: [{ path, message: 'not RFC 3339' }] });
  return at;
}
