import { CODES, REQUIREMENTS, type Code } from '@countersign/kernel';
import { serverScopes } from '@countersign/policy';

/** How callers say who they are; names as operations refer to them. */
export const SECURITY_SCHEMES = {
  client: {
    type: 'apiKey',
    in: 'header',
    name: 'Countersign-Client',
    description: 'The public client id of the application. Browsers send it with every call.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-countersign',
    description: 'Web session, set by sign-in; `countersign` on http://localhost. Unsafe calls add `Countersign-CSRF`.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'Countersign-CSRF',
    description: 'The `csrfToken` of sign-in or of `GET /auth/session`, with every unsafe call by cookie.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Access token of a native application’s session.',
  },
  boundToken: {
    type: 'http',
    scheme: 'dpop',
    bearerFormat: 'JWT',
    description: 'Access token that is bound to a key (RFC 9449 §7.1), of a native application’s session.',
  },
  proof: {
    type: 'apiKey',
    in: 'header',
    name: 'DPoP',
    description: 'Proof by that key for this request and this token, single use; a server’s bound token needs one too.',
  },
  enrollment: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-countersign-enrollment',
    description: 'Set when a browser opens an enrollment ticket; `countersign-enrollment` on http://localhost.',
  },
  enrollmentToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Countersign-Enrollment',
    description: 'The same for native applications: the `enrollmentToken` of the opened ticket.',
  },
  server: {
    type: 'oauth2',
    description: 'A tenant’s server.',
    flows: {
      clientCredentials: {
        tokenUrl: '/v1/oauth/token',
        scopes: Object.fromEntries(serverScopes.map((scope) => [scope, scopeMeaning(scope)])),
      },
    },
  },
} as const;

function scopeMeaning(scope: (typeof serverScopes)[number]): string {
  return {
    'subjects:write': 'Create people and issue enrollment tickets.',
    'subjects:read': 'Read people.',
    'subjects:erase': 'Erase people.',
    'subjects:export': 'Export everything that is held of a person.',
    introspect: 'Introspect tokens.',
    'grants:redeem': 'Redeem step-up grants.',
    'audit:read': 'Search the records.',
    admin: 'Preview a policy.',
  }[scope];
}

/** RFC 9457, with the members that are there where they apply. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Leads to the description of the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(CODES).sort() as Code[] },
    requestId: { type: 'string', format: 'uuid' },
    errors: {
      type: 'array',
      description: 'Which members of the request were wrong, and why.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    retryAfter: { type: 'integer', description: 'Seconds to wait.' },
    attemptsRemaining: { type: 'integer' },
    lockoutUntil: { type: 'integer', description: 'Unix seconds.' },
    acrValues: { type: 'string', description: 'RFC 9470: assurance that would be enough.' },
    maxAge: { type: 'integer', description: 'RFC 9470: greatest age of the authentication, seconds.' },
    action: { type: 'string', description: 'Action for which a grant is asked.' },
    requirements: {
      type: 'array',
      description: 'What policy asks of an authenticator and this one does not satisfy.',
      items: { type: 'string', enum: [...REQUIREMENTS] },
    },
    signals: {
      type: 'object',
      description: 'WebAuthn Signal API: hand `unknownCredential` to `signalUnknownCredential`.',
      required: ['unknownCredential'],
      properties: {
        unknownCredential: {
          type: 'object',
          required: ['rpId', 'credentialId'],
          properties: { rpId: { type: 'string' }, credentialId: { type: 'string' } },
        },
      },
    },
    error: { type: 'string', description: 'OAuth endpoints only (RFC 6749 §5.2).' },
  },
};
