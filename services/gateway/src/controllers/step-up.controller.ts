import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { authenticationCredential, id, requestOptions, text, time } from '../schemas/common.js';
import { accessToken, assuredSession, exampleAssurance, exampleSubject } from '../schemas/session.js';
import { rfc3339 } from '../views/session.js';
import { exampleAssertion } from './authentication.controller.js';

const action = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'is not the name of an action'),
    hash: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'is not 32 bytes in base64url')
      .meta({ description: 'base64url SHA-256 of the canonical JSON (RFC 8785) of `{name, parameters}`.' }),
  })
  .meta({ id: 'Action' });
const begin = z.strictObject({
  action: action.optional().meta({ description: 'Absent: the session itself is to be raised.' }),
});
const complete = z.strictObject({ credential: authenticationCredential });
const confirmed = z.union([
  z.strictObject({ grant: z.string(), expiresIn: z.number().int() }),
  z.strictObject({
    session: assuredSession,
    accessToken: accessToken.accessToken.optional(),
    tokenType: accessToken.tokenType.optional(),
    expiresIn: accessToken.expiresIn.optional(),
  }),
]);
const redeem = z.strictObject({ grant: text(4096), action });
const redeemed = z.strictObject({ subject: id, session: id, acr: z.string(), authTime: time, device: id });

const exampleAction = { name: 'payee.add', hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' };

/** A fresh confirmation by the person: for one action, or for the session. */
@Controller('v1')
export class StepUpController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'POST',
    path: '/auth/step-up/options',
    summary: 'Begin a step-up',
    description:
      'Built-in actions: `authenticator.add` with parameters `{}`, `authenticator.remove` and `authenticator.resume` with `{id}`.',
    auth: { kind: 'person' },
    body: begin,
    example: { action: exampleAction },
    answers: {
      200: {
        description: 'Request options for the browser.',
        schema: requestOptions,
        example: { challenge: 'bG9uZyBzZWFs…', rpId: 'bank.example', userVerification: 'required' },
      },
    },
    errors: ['action_unknown', 'step_up_impossible'],
  })
  async beginStepUp(http: Exchange<z.output<typeof begin>>) {
    const { action } = http.body;
    const { options } = await this.peers.verification.beginStepUp({ action, origin: http.origin }, http);
    return JSON.parse(options) as object;
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/step-up/verify',
    summary: 'Step up',
    description:
      'With an action: a grant for it, single use, at most 60 s, sent on as `Countersign-Grant` or redeemed by the bank’s server. Without: the same session, higher and fresher.',
    auth: { kind: 'person' },
    body: complete,
    example: { credential: exampleAssertion },
    answers: {
      200: {
        description: 'Confirmed.',
        schema: confirmed,
        example: { grant: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvdW50ZXJzaWduLWdyYW50K2p3dCJ9…', expiresIn: 60 },
      },
    },
    errors: ['step_up_failed', 'challenge_spent', 'challenge_expired', 'credential_malformed'],
  })
  async completeStepUp(http: Exchange<z.output<typeof complete>>) {
    const request = { credential: JSON.stringify(http.body.credential), origin: http.origin };
    const answer = await this.peers.verification.completeStepUp(request, http);
    if (answer.grant !== '') return { grant: answer.grant, expiresIn: answer.grantExpiresIn };
    const { acr, amr, accessToken: signed, tokenType, expiresIn } = answer;
    const token = signed === '' ? {} : { accessToken: signed, tokenType, expiresIn };
    return { session: { id: answer.session, acr, amr, authTime: rfc3339(answer.authTime) }, ...token };
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/grants/redeem',
    summary: 'Redeem a grant',
    description:
      'The bank’s server computes the hash itself, from what it is about to do, and does it only after this.',
    auth: { kind: 'server', scope: 'grants:redeem' },
    body: redeem,
    example: { grant: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImNvdW50ZXJzaWduLWdyYW50K2p3dCJ9…', action: exampleAction },
    answers: {
      200: {
        description: 'This person, with this device, agreed to exactly this. The grant is spent.',
        schema: redeemed,
        example: {
          subject: exampleSubject,
          session: exampleAssurance.id,
          acr: 'phr',
          authTime: '2026-11-22T08:05:00.000Z',
          device: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
        },
      },
    },
    errors: ['grant_refused'],
  })
  async redeemGrant(http: Exchange<z.output<typeof redeem>>) {
    const answer = await this.peers.verification.redeemGrant(http.body, http);
    const { subject, session, acr, authTime, credential } = answer;
    return { subject, session, acr, authTime: rfc3339(authTime), device: credential };
  }
}
