import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { id, text, time } from '../schemas/common.js';
import { exampleSubject } from '../schemas/session.js';

const create = z.strictObject({
  reference: text(256).meta({ description: 'Your own name for the person; also the user name at sign-in.' }),
  displayName: text(128).optional(),
});
const subjectPath = z.strictObject({ id });
const ticketRequest = z.strictObject({
  pin: z.boolean().optional().meta({ description: 'Asks for a PIN to be told out of band.' }),
});
const created = z.strictObject({ id, reference: z.string(), created: z.boolean() });
const subject = z.strictObject({
  id,
  reference: z.string(),
  displayName: z.string().optional(),
  createdAt: time,
  activeDevices: z.number().int(),
});
const ticket = z.strictObject({ ticket: z.string(), pin: z.string().optional(), expiresAt: time });

/** People, named by the tenant's server. */
@Controller('v1')
export class SubjectsController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'POST',
    path: '/subjects',
    summary: 'Create a person',
    description: 'A reference that is already known answers 200 with the person it names.',
    auth: { kind: 'server', scope: 'subjects:write' },
    headers: ['Idempotency-Key'],
    body: create,
    example: { reference: 'customer-4711', displayName: 'Ada Example' },
    answers: {
      200: { description: 'The person existed.', schema: created },
      201: {
        description: 'The person was created.',
        schema: created,
        example: { id: exampleSubject, reference: 'customer-4711', created: true },
      },
    },
    errors: ['reference_invalid', 'display_name_invalid', 'idempotency_key_invalid', 'idempotency_conflict'],
  })
  async createSubject(http: Exchange<z.output<typeof create>>) {
    const { reference, displayName = '' } = http.body;
    const idempotencyKey = http.header('Idempotency-Key', 128);
    const request = { reference, displayName, idempotencyKey, tenant: '' };
    const answer = await this.peers.enrollment.createSubject(request, http);
    http.status(answer.created ? 201 : 200);
    return { id: answer.subject, reference, created: answer.created };
  }

  @Endpoint({
    method: 'GET',
    path: '/subjects/{id}',
    summary: 'Read a person',
    auth: { kind: 'server', scope: 'subjects:read' },
    params: subjectPath,
    answers: {
      200: {
        description: 'The person.',
        schema: subject,
        example: {
          id: exampleSubject,
          reference: 'customer-4711',
          displayName: 'Ada Example',
          createdAt: '2026-11-22T08:00:00.000Z',
          activeDevices: 1,
        },
      },
    },
    errors: ['not_found'],
  })
  async getSubject(http: Exchange<unknown, z.output<typeof subjectPath>>) {
    const answer = await this.peers.enrollment.getSubject({ subject: http.params.id }, http);
    return {
      id: answer.subject,
      reference: answer.reference,
      ...(answer.displayName && { displayName: answer.displayName }),
      createdAt: answer.createdAt,
      activeDevices: answer.activeCredentials,
    };
  }

  @Endpoint({
    method: 'POST',
    path: '/subjects/{id}/enrollment-tickets',
    summary: 'Issue an enrollment ticket',
    description: 'Single use, ten minutes. Who opens it may add one authenticator to the person.',
    auth: { kind: 'server', scope: 'subjects:write' },
    params: subjectPath,
    body: ticketRequest,
    example: { pin: true },
    answers: {
      201: {
        description: 'The ticket, told only here.',
        schema: ticket,
        example: { ticket: 'q3mC0wZ8u1…', pin: '481516', expiresAt: '2026-11-22T08:10:00.000Z' },
      },
    },
    errors: ['not_found'],
  })
  async issueTicket(http: Exchange<z.output<typeof ticketRequest>, z.output<typeof subjectPath>>) {
    const request = { subject: http.params.id, withPin: http.body.pin ?? false, tenant: '' };
    const { ticket, pin, expiresAt } = await this.peers.enrollment.issueTicket(request, http);
    return { ticket, ...(pin && { pin }), expiresAt };
  }
}
