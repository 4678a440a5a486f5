import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import { PROOF } from '../openapi/operation-errors.js';
import type { Exchange } from '../http/exchange.js';
import { EdgeLimits } from '../limits/limits.js';
import { authenticationCredential, id, requestOptions, text } from '../schemas/common.js';
import { accessToken, assuredSession, exampleAssurance, exampleSubject } from '../schemas/session.js';
import { exampleSignals, signals } from '../schemas/signals.js';
import { LIMITS } from '../tokens.js';
import { rfc3339 } from '../views/session.js';
import { signalsView } from '../views/signals.js';

const begin = z.strictObject({
  userName: text(256)
    .optional()
    .meta({ description: 'Absent: the browser offers every passkey it has, also by autofill.' }),
});
const complete = z.strictObject({ credential: authenticationCredential });
const signedIn = z.strictObject({
  subject: id,
  device: id,
  session: assuredSession,
  signals,
  csrfToken: z
    .string()
    .optional()
    .meta({ description: 'Web applications: goes with every unsafe call as `Countersign-CSRF`.' }),
  accessToken: accessToken.accessToken
    .optional()
    .meta({ description: 'Native applications, with the three that follow.' }),
  refreshToken: z.string().optional(),
  tokenType: accessToken.tokenType.optional(),
  expiresIn: accessToken.expiresIn.optional(),
});

export const exampleAssertion = {
  id: 'kq0mVh1h8wF3xJm2y3h0Zg',
  rawId: 'kq0mVh1h8wF3xJm2y3h0Zg',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAA',
    signature: 'MEUCIQDb',
  },
  clientExtensionResults: {},
};

/** Signing in with a passkey: two calls. */
@Controller('v1')
export class AuthenticationController {
  constructor(
    @Inject(Peers) private readonly peers: Peers,
    @Inject(LIMITS) private readonly limits: EdgeLimits,
  ) {}

  @Endpoint({
    method: 'POST',
    path: '/passkey/authenticate/options',
    summary: 'Begin to sign in',
    description: 'An unknown user name is answered as a known one (R14). The body may be absent.',
    auth: { kind: 'client' },
    body: begin,
    example: { userName: 'customer-4711' },
    answers: {
      200: {
        description: 'Request options for the browser.',
        schema: requestOptions,
        example: { challenge: 'bG9uZyBzZWFs…', rpId: 'bank.example', userVerification: 'required', timeout: 300000 },
      },
    },
    errors: ['client_cannot_sign_in'],
  })
  async beginAuthentication(http: Exchange<z.output<typeof begin>>) {
    const { userName = '' } = http.body;
    if (userName !== '') this.limits.named(http, userName);
    const request = { clientId: http.client.application.clientId, userName, origin: http.origin };
    const { options } = await this.peers.verification.beginAuthentication(request, http);
    return JSON.parse(options) as object;
  }

  @Endpoint({
    method: 'POST',
    path: '/passkey/authenticate/verify',
    summary: 'Sign in',
    description:
      'Web applications get the session as a cookie no script can read, native ones as tokens: with a proof of possession bound to that key, for good. Never repeatable; a failure spends the challenge too (R1) and locks nothing (R7), but a proof that is refused spends nothing.',
    auth: { kind: 'client' },
    headers: ['DPoP'],
    body: complete,
    example: { credential: exampleAssertion },
    answers: {
      200: {
        description: 'Signed in.',
        schema: signedIn,
        example: {
          subject: exampleSubject,
          device: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
          session: exampleAssurance,
          signals: exampleSignals,
          csrfToken: 'u0X6…',
        },
      },
    },
    errors: [
      'authentication_failed',
      'challenge_spent',
      'challenge_expired',
      'credential_malformed',
      'client_cannot_sign_in',
      ...PROOF,
    ],
  })
  async completeAuthentication(http: Exchange<z.output<typeof complete>>) {
    const { application, snapshot } = http.client;
    const request = {
      clientId: application.clientId,
      credential: JSON.stringify(http.body.credential),
      origin: http.origin,
      proof: http.proof,
    };
    const answer = await this.peers.verification.completeAuthentication(request, http);
    http.giveNonce(answer.dpopNonce);
    if (answer.cookie !== '') http.setCookie(http.jar.session, answer.cookie);
    return {
      subject: answer.subject,
      device: answer.credential,
      session: { id: answer.session, acr: answer.acr, amr: answer.amr, authTime: rfc3339(answer.authTime) },
      signals: signalsView(snapshot.rpId, answer),
      ...(answer.cookie !== ''
        ? { csrfToken: answer.csrfToken }
        : {
            accessToken: answer.accessToken,
            refreshToken: answer.refreshToken,
            tokenType: answer.tokenType,
            expiresIn: answer.expiresIn,
          }),
    };
  }
}
