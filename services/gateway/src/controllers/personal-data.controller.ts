import { Controller, Inject } from '@nestjs/common';
import { refuse } from '@countersign/kernel';
import type { enrollment } from '@countersign/contracts';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { cursor, id, time } from '../schemas/common.js';
import { exampleSubject } from '../schemas/session.js';

const path = z.strictObject({ id });
const erasure = z
  .strictObject({
    id: id.meta({ description: 'The reference to ask by.' }),
    subject: id,
    state: z.enum(['running', 'completed']),
    requestedAt: time,
    completedAt: time.optional(),
    waitingFor: z.array(z.string()).meta({ description: 'Services that have not confirmed yet.' }),
  })
  .meta({ id: 'Erasure' });

const exampleErasure = '9b2f6c1e-5d0a-4b7e-8f13-2c9d4e6a7b80';
const running = {
  id: exampleErasure,
  subject: exampleSubject,
  state: 'running',
  requestedAt: '2026-11-22T08:00:00.000Z',
  waitingFor: ['enrollment', 'audit', 'risk', 'session'],
};
const completed = { ...running, state: 'completed', completedAt: '2026-11-22T08:00:03.412Z', waitingFor: [] };

const record = z.record(z.string(), z.unknown());
const exportQuery = z.strictObject({ cursor: cursor.optional() });
const exported = z
  .strictObject({
    exportedAt: time.optional(),
    person: record
      .optional()
      .meta({ description: 'Reference, display name, ids; like all but sessions and events on the first page only.' }),
    devices: z
      .array(record)
      .optional()
      .meta({ description: 'Authenticators in any state, with attestation, findings and opened name.' }),
    tickets: z.array(record).optional().meta({ description: 'Enrollment tickets.' }),
    requests: z
      .array(record)
      .optional()
      .meta({ description: 'Repeatable requests your server made for this person of late.' }),
    risk: record
      .optional()
      .meta({ description: 'What assessments remember: devices seen, recent sign-ins and refusals.' }),
    sessions: z.array(record).meta({ description: 'Up to 200, oldest first, ended ones included.' }),
    events: z
      .array(record)
      .meta({ description: 'Up to 100 entries of the log about this person, oldest first, with opened details.' }),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'SubjectExport' });
const exampleExport = {
  exportedAt: '2026-11-22T08:00:00.000Z',
  person: { id: exampleSubject, reference: 'customer-4711', displayName: 'Ada Example' },
  devices: [],
  tickets: [],
  requests: [],
  risk: { sightings: [], refused: [], signIns: [], lastDay: null },
  sessions: [],
  events: [],
  nextCursor: 'LS5NakF5Tm1neUxqazU',
};

/** What a person may ask of the bank under the GDPR. */
@Controller('v1')
export class PersonalDataController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'DELETE',
    path: '/subjects/{id}',
    summary: 'Erase a person',
    description:
      'The person’s devices end and the key that opens what is personal is destroyed before this answers; the other services follow within seconds. Repeating it answers with the erasure there is. There is no way back.',
    auth: { kind: 'server', scope: 'subjects:erase' },
    params: path,
    answers: { 202: { description: 'The erasure.', schema: erasure, example: running } },
    errors: ['not_found', 'subject_is_operator'],
  })
  async eraseSubject(http: Exchange<unknown, z.output<typeof path>>) {
    const answer = await this.peers.enrollment.eraseSubject({ subject: http.params.id, tenant: '' }, http);
    return viewOf(answer.erasure);
  }

  @Endpoint({
    method: 'GET',
    path: '/subjects/{id}/export',
    summary: 'Export everything that is held of a person',
    description:
      'In clear and machine-readable, for the person’s rights of access and portability. Ask again with `nextCursor` until there is none; sessions and events continue.',
    auth: { kind: 'server', scope: 'subjects:export' },
    params: path,
    query: exportQuery,
    answers: { 200: { description: 'One page.', schema: exported, example: exampleExport } },
    errors: ['not_found', 'cursor_invalid'],
  })
  async exportSubject(http: Exchange<unknown, z.output<typeof path>, z.output<typeof exportQuery>>) {
    const request = { subject: http.params.id, tenant: '', cursor: http.query.cursor ?? '' };
    const { document, nextCursor } = await this.peers.enrollment.exportSubject(request, http);
    return { ...(JSON.parse(document) as z.output<typeof exported>), ...(nextCursor && { nextCursor }) };
  }

  @Endpoint({
    method: 'GET',
    path: '/erasures/{id}',
    summary: 'Read an erasure',
    description: 'Known for 90 days after it was completed.',
    auth: { kind: 'server', scope: 'subjects:erase' },
    params: path,
    answers: { 200: { description: 'The erasure.', schema: erasure, example: completed } },
    errors: ['not_found'],
  })
  async readErasure(http: Exchange<unknown, z.output<typeof path>>) {
    const answer = await this.peers.enrollment.getErasure({ erasure: http.params.id, tenant: '' }, http);
    return viewOf(answer.erasure);
  }
}

function viewOf(found: enrollment.Erasure | undefined) {
  if (!found) throw refuse('internal', {}, 'an answer without an erasure');
  const { id, subject, state, requestedAt, completedAt, waitingFor } = found;
  return { id, subject, state, requestedAt, ...(completedAt && { completedAt }), waitingFor };
}
