import { Controller, Inject } from '@nestjs/common';
import { refuse } from '@countersign/kernel';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { cursor, limit, slug, time } from '../schemas/common.js';
import { activityView, recordView } from '../views/event.js';

const instant = z.iso.datetime({ offset: true, error: 'is not a time (RFC 3339)' });

const activityQuery = z.strictObject({ cursor: cursor.optional(), limit: limit(100, 20) });
const activityEvent = z
  .strictObject({
    id: z.string(),
    time,
    type: z.string(),
    outcome: z.enum(['success', 'refused']),
    code: z.string().optional(),
    device: z.string().optional(),
    session: z.string().optional(),
    risk: z.strictObject({ level: z.string() }).optional(),
    details: z.strictObject({ address: z.string().optional(), userAgent: z.string().optional() }).optional(),
  })
  .meta({ id: 'ActivityEvent' });
const activity = z.strictObject({ events: z.array(activityEvent), nextCursor: z.string().optional() });

const searchQuery = z.strictObject({
  tenant: slug.optional().meta({ description: 'Operators only: whose records.' }),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_.]{0,63}$/, 'is not a type of event')
    .optional(),
  about: z
    .string()
    .regex(/^[\w-]{1,128}$/, 'is not an id')
    .optional()
    .meta({ description: 'Pseudonym, device, session or request id.' }),
  outcome: z.enum(['success', 'refused']).optional(),
  from: instant.optional().meta({ description: 'Inclusive.' }),
  to: instant.optional().meta({ description: 'Exclusive.' }),
  cursor: cursor.optional(),
  limit: limit(200, 50),
  order: z.enum(['asc', 'desc']).optional().meta({ description: 'desc: newest first, as usual.' }),
});
const record = z
  .strictObject({
    index: z.number().int().meta({ description: 'Position in the log.' }),
    log: z.string().meta({ description: 'Name of the log, one a half-year.' }),
    event: z.looseObject({}).meta({ description: 'The leaf, as it stands in the log.' }),
  })
  .meta({ id: 'RecordedEvent' });
const records = z.strictObject({ events: z.array(record), nextCursor: z.string().optional() });

const exampleLeaf = {
  v: 1,
  specversion: '1.0',
  id: '01936b1d-02aa-7c1e-8f6b-0d9a4c3e2b12',
  source: 'session',
  type: 'session.established',
  time: '2026-11-22T08:05:00.000Z',
  outcome: 'success',
};

/** What was recorded: the person's own history, and the search of server and operator. */
@Controller('v1')
export class RecordsController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'GET',
    path: '/auth/activity',
    summary: 'Read the own history',
    description: 'Newest first. Address and browser are opened for the person alone and are gone once erased.',
    auth: { kind: 'person' },
    query: activityQuery,
    answers: {
      200: {
        description: 'One page.',
        schema: activity,
        example: {
          events: [
            {
              id: exampleLeaf.id,
              time: exampleLeaf.time,
              type: exampleLeaf.type,
              outcome: 'success',
              risk: { level: 'LOW' },
              details: { address: '203.0.113.7', userAgent: 'Mozilla/5.0' },
            },
          ],
        },
      },
    },
    errors: ['cursor_invalid'],
  })
  async readActivity(http: Exchange<unknown, unknown, z.output<typeof activityQuery>>) {
    const { cursor = '', limit = 20 } = http.query;
    const { events, nextCursor } = await this.peers.audit.activity({ cursor, limit }, http);
    const sealed = events.flatMap(({ details }) => details ?? []);
    const opened =
      sealed.length > 0 ? (await this.peers.enrollment.openDetails({ details: sealed }, http)).details : [];
    const details = events.map((event) => (event.details ? (opened.shift() ?? '') : ''));
    return { events: events.map((event, at) => activityView(event, details[at]!)), ...(nextCursor && { nextCursor }) };
  }

  @Endpoint({
    method: 'GET',
    path: '/audit/events',
    summary: 'Search the records',
    description: 'By the tenant’s server, or by an operator who names the tenant.',
    auth: { kind: 'server-or-operator', scope: 'audit:read' },
    query: searchQuery,
    answers: {
      200: {
        description: 'One page.',
        schema: records,
        example: { events: [{ index: 41, log: '2026h2', event: exampleLeaf }] },
      },
    },
    errors: ['cursor_invalid', 'not_found'],
  })
  async searchEvents(http: Exchange<unknown, unknown, z.output<typeof searchQuery>>) {
    const {
      order,
      limit = 50,
      tenant = '',
      type = '',
      about = '',
      outcome = '',
      from = '',
      to = '',
      cursor = '',
    } = http.query;
    if ((tenant !== '') !== (http.presented().$case === 'cookie')) {
      throw refuse('request_invalid', {
        errors: [{ path: 'query tenant', message: 'is for operators, who name it always' }],
      });
    }
    const request = { tenant, type, about, outcome, from, to, cursor, limit, ascending: order === 'asc' };
    const { events, nextCursor } = await this.peers.audit.searchEvents(request, http);
    return { events: events.map(recordView), ...(nextCursor && { nextCursor }) };
  }
}
