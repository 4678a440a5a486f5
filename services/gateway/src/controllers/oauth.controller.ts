import { Controller, Inject } from '@nestjs/common';
import type { session } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { clientProof } from '../http/client-credentials.js';
import { Endpoint } from '../http/endpoint.js';
import { PROOF } from '../openapi/operation-errors.js';
import type { Exchange } from '../http/exchange.js';
import { text } from '../schemas/common.js';
import { exampleAssurance, exampleSubject, tokenType } from '../schemas/session.js';

const clientMembers = {
  client_id: text(128).optional(),
  client_secret: text(512).optional(),
  client_assertion: text(8192).optional(),
  client_assertion_type: text(128).optional(),
};
const tokenForm = z.object({
  grant_type: text(64).meta({ description: '`client_credentials` or `refresh_token`.' }),
  scope: text(512).optional(),
  refresh_token: text(4096).optional(),
  ...clientMembers,
});
const tokenAnswer = z.strictObject({
  access_token: z.string(),
  token_type: tokenType,
  expires_in: z.number().int(),
  scope: z.string().optional(),
  refresh_token: z.string().optional(),
});
const introspectForm = z.object({
  token: text(8192),
  action: text(64).optional().meta({ description: 'Asks whether the session suffices for this action of the policy.' }),
});
const introspection = z.strictObject({
  active: z.boolean(),
  sub: z.string().optional(),
  client_id: z.string().optional(),
  sid: z.string().optional(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  auth_time: z.number().int().optional(),
  iat: z.number().int().optional(),
  exp: z.number().int().optional(),
  iss: z.string().optional(),
  aud: z.string().optional(),
  scope: z.string().optional(),
  token_type: z.string().optional(),
  cnf: z
    .strictObject({ jkt: z.string() })
    .optional()
    .meta({ description: 'The key the token is bound to (RFC 9449 §6.2): take it with a proof by that key only.' }),
  step_up: z
    .strictObject({ required: z.boolean(), acr_values: z.string().optional(), max_age: z.number().int().optional() })
    .optional(),
});
const revokeForm = z.object({ token: text(8192), ...clientMembers });

type TokenForm = z.output<typeof tokenForm>;

/** OAuth 2.0: tokens of servers, rotation, introspection, revocation. Errors carry `error` beside `code`. */
@Controller('v1')
export class OAuthController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'POST',
    path: '/oauth/token',
    summary: 'Obtain a token',
    description:
      'Servers by `client_credentials` (client_secret_basic, client_secret_post or private_key_jwt); native applications by `refresh_token`, which is rotated: a token that comes back a second time ends its family (R6). With a proof of possession (RFC 9449) tokens are bound to its key; then a client that lost the answer gets the same one again within ten seconds.',
    auth: { kind: 'none' },
    headers: ['DPoP'],
    form: true,
    body: tokenForm,
    example: {
      grant_type: 'client_credentials',
      scope: 'subjects:write introspect',
      client_id: 'demo-server',
      client_secret: 'Zk3v…',
    },
    answers: {
      200: {
        description: 'The token (RFC 6749 §5.1).',
        schema: tokenAnswer,
        example: {
          access_token: 'eyJhbGciOiJFUzI1NiJ9…',
          token_type: 'Bearer',
          expires_in: 420,
          scope: 'subjects:write introspect',
        },
      },
    },
    errors: [
      'grant_type_unsupported',
      'client_refused',
      'client_unknown',
      'credentials_malformed',
      'scope_refused',
      'refresh_refused',
      ...PROOF,
    ],
  })
  issueToken(http: Exchange<TokenForm>) {
    if (http.body.grant_type === 'client_credentials') return this.clientToken(http);
    if (http.body.grant_type === 'refresh_token') return this.refresh(http);
    throw refuse('grant_type_unsupported');
  }

  @Endpoint({
    method: 'POST',
    path: '/oauth/introspect',
    summary: 'Introspect a token',
    description: 'RFC 7662. Writes nothing (R20); a revoked session is inactive at once.',
    auth: { kind: 'server', scope: 'introspect' },
    form: true,
    body: introspectForm,
    example: { token: 'eyJhbGciOiJFUzI1NiJ9…', action: 'payee.add' },
    answers: {
      200: {
        description: 'What the token is worth.',
        schema: introspection,
        example: {
          active: true,
          sub: exampleSubject,
          client_id: 'demo-web',
          sid: exampleAssurance.id,
          acr: 'phr',
          amr: exampleAssurance.amr,
          auth_time: 1795334700,
          iat: 1795334700,
          exp: 1795335120,
          iss: 'https://login.bank.example/v1/t/demo-bank',
          aud: 'urn:countersign:demo-bank',
          token_type: 'Bearer',
          step_up: { required: true, acr_values: 'phr', max_age: 60 },
        },
      },
    },
    errors: ['action_unknown'],
  })
  async introspect(http: Exchange<z.output<typeof introspectForm>>) {
    const { token, action = '' } = http.body;
    return introspectionOf(await this.peers.session.introspect({ token, action }, http));
  }

  @Endpoint({
    method: 'POST',
    path: '/oauth/revoke',
    summary: 'Revoke a token',
    description:
      'RFC 7009: answers 200 for whatever token; but one that is bound to a key is taken back only with a proof by it.',
    auth: { kind: 'none' },
    headers: ['DPoP'],
    form: true,
    body: revokeForm,
    example: { token: 'q3mC0wZ8u1…', client_id: 'demo-native' },
    answers: { 200: { description: 'The token, if there was one, is dead.', schema: z.strictObject({}), example: {} } },
    errors: ['client_refused', 'client_unknown', 'credentials_malformed', ...PROOF],
  })
  async revoke(http: Exchange<z.output<typeof revokeForm>>) {
    const { clientId, credential } = clientProof(http.body, http.authorization);
    const clientSecret = credential?.$case === 'clientSecret' ? credential.value : '';
    const assertion = credential?.$case === 'assertion' ? credential.value : '';
    const request = { clientId, token: http.body.token, clientSecret, assertion, proof: http.proof };
    const { dpopNonce } = await this.peers.session.revoke(request, http);
    http.giveNonce(dpopNonce);
    return {};
  }

  private async clientToken(http: Exchange<TokenForm>) {
    const { scope = '' } = http.body;
    const proof = clientProof(http.body, http.authorization);
    sameClient(http, proof.clientId);
    const { clientId, credential } = proof;
    const request = { tenant: '', scope, clientId, credential, proof: http.proof };
    const answer = await this.peers.session.clientToken(request, http);
    http.giveNonce(answer.dpopNonce);
    return tokenOf(answer, { scope: answer.scope });
  }

  private async refresh(http: Exchange<TokenForm>) {
    const { refresh_token: refreshToken, client_id: clientId } = http.body;
    if (!refreshToken) throw refuse('request_invalid', { errors: [{ path: 'refresh_token', message: 'is missing' }] });
    if (!clientId) throw refuse('client_unknown');
    sameClient(http, clientId);
    const answer = await this.peers.session.refresh({ clientId, refreshToken, proof: http.proof }, http);
    http.giveNonce(answer.dpopNonce);
    return tokenOf(answer, { refresh_token: answer.refreshToken });
  }
}

/** Limits follow the application a request names: it must be the one that proves itself. */
function sameClient({ namedClient }: Exchange<TokenForm>, clientId: string): void {
  if (namedClient && namedClient.application.clientId !== clientId) throw refuse('client_mismatch');
}

const tokenOf = (signed: { accessToken: string; tokenType: string; expiresIn: number }, more: object) => ({
  access_token: signed.accessToken,
  token_type: signed.tokenType,
  expires_in: signed.expiresIn,
  ...more,
});

/** RFC 7662 §2.2: of an inactive token nothing is said but that. */
function introspectionOf(answer: session.IntrospectResponse) {
  if (!answer.active) return { active: false };
  const { stepUp } = answer;
  return {
    active: true,
    ...present({ sub: answer.subject, client_id: answer.clientId, sid: answer.session, acr: answer.acr }),
    ...(answer.amr.length > 0 && { amr: answer.amr }),
    ...(answer.authTime > 0n && { auth_time: Number(answer.authTime) }),
    iat: Number(answer.issuedAt),
    exp: Number(answer.expiresAt),
    ...present({ iss: answer.issuer, aud: answer.audience, scope: answer.scope, token_type: answer.tokenType }),
    ...(answer.jkt !== '' && { cnf: { jkt: answer.jkt } }),
    ...(stepUp && { step_up: stepUp.required ? stepUpOf(stepUp) : { required: false } }),
  };
}

const stepUpOf = ({ acrValues, maxAge }: session.StepUpNeeded) => ({
  required: true,
  acr_values: acrValues,
  max_age: maxAge,
});

const present = (members: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''));
