import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { empty, id } from '../schemas/common.js';
import { accessToken, exampleSession, session } from '../schemas/session.js';
import { sessionView } from '../views/session.js';

const current = z.strictObject({
  session,
  csrfToken: z
    .string()
    .optional()
    .meta({ description: 'Web applications: goes with every unsafe call as `Countersign-CSRF`.' }),
});
const list = z.strictObject({ sessions: z.array(session) });
const token = z.strictObject(accessToken);
const ended = z.strictObject({ ended: z.number().int().meta({ description: 'How many sessions ended.' }) });
const sessionPath = z.strictObject({ id });

/** The person's sessions. An ended one is dead at once. */
@Controller('v1')
export class SessionsController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'GET',
    path: '/auth/session',
    summary: 'Read the session of this request',
    auth: { kind: 'person' },
    answers: {
      200: { description: 'The session.', schema: current, example: { session: exampleSession, csrfToken: 'u0X6…' } },
    },
  })
  async currentSession(http: Exchange) {
    const { session: own, csrfToken } = await this.peers.session.current({}, http);
    return { session: sessionView(own!), ...(csrfToken && { csrfToken }) };
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/session/token',
    summary: 'Obtain a token for the bank’s own API',
    description:
      'Short-lived; the bank’s server introspects it. With a proof of possession it is bound to that key, and the bank’s API asks for one too (RFC 9449 §7).',
    auth: { kind: 'person' },
    headers: ['DPoP'],
    body: empty,
    example: {},
    answers: {
      200: {
        description: 'An access token (RFC 9068).',
        schema: token,
        example: { accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…', tokenType: 'Bearer', expiresIn: 420 },
      },
    },
  })
  mintAccessToken(http: Exchange) {
    return this.peers.session.mintAccessToken({}, http);
  }

  @Endpoint({
    method: 'GET',
    path: '/auth/sessions',
    summary: 'List the person’s sessions',
    auth: { kind: 'person' },
    answers: { 200: { description: 'All that are alive.', schema: list, example: { sessions: [exampleSession] } } },
  })
  async listSessions(http: Exchange) {
    const { sessions } = await this.peers.session.listSessions({}, http);
    return { sessions: sessions.map(sessionView) };
  }

  @Endpoint({
    method: 'DELETE',
    path: '/auth/sessions/{id}',
    summary: 'End one session',
    auth: { kind: 'person' },
    params: sessionPath,
    answers: { 204: { description: 'It is over.' } },
    errors: ['not_found'],
  })
  async endSession(http: Exchange<unknown, z.output<typeof sessionPath>>): Promise<void> {
    await this.peers.session.endSession({ id: http.params.id }, http);
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/sign-out',
    summary: 'Sign out',
    auth: { kind: 'person' },
    body: empty,
    example: {},
    answers: { 204: { description: 'This session is over; its cookie is removed.' } },
  })
  async signOut(http: Exchange): Promise<void> {
    await this.peers.session.signOut({}, http);
    http.clearCookie(http.jar.session);
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/sign-out-others',
    summary: 'Sign out everywhere else',
    description: 'Asks for a fresh authentication: 401 `step_up_required` otherwise.',
    auth: { kind: 'person' },
    body: empty,
    example: {},
    answers: { 200: { description: 'Every other session is over.', schema: ended, example: { ended: 2 } } },
    errors: ['step_up_required'],
  })
  signOutOthers(http: Exchange) {
    return this.peers.session.signOutOthers({}, http);
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/sign-out-all',
    summary: 'Sign out everywhere',
    description: 'As `/auth/sign-out-others`, this session included.',
    auth: { kind: 'person' },
    body: empty,
    example: {},
    answers: { 200: { description: 'Every session is over.', schema: ended, example: { ended: 3 } } },
    errors: ['step_up_required'],
  })
  async signOutAll(http: Exchange) {
    const answer = await this.peers.session.signOutAll({}, http);
    http.clearCookie(http.jar.session);
    return answer;
  }
}
