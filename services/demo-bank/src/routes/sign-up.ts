import type { FastifyInstance, FastifyRequest } from 'fastify';
import { applicationForm, read } from '../requests.js';
import type { SignUps } from '../sign-up.js';

const COOKIE = 'bank-sign-up';

/** `POST /api/customers {userName, displayName}` → `{ticket, expiresAt}`; the page opens the ticket at the platform. */
export function signUpRoutes(app: FastifyInstance, signUps: SignUps): void {
  app.post('/api/customers', async (request, reply) => {
    const { ticket, secret } = await signUps.begin(read(applicationForm, request.body), secretOf(request));
    reply.header('Set-Cookie', `${COOKIE}=${secret}; HttpOnly; SameSite=Strict; Path=/api/customers; Max-Age=3600`);
    return reply.code(201).send({ ticket: ticket.ticket, expiresAt: ticket.expiresAt });
  });
}

const secretOf = (request: FastifyRequest): string | undefined =>
  new RegExp(`(?:^|; )${COOKIE}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1];
