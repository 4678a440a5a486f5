import type { Code } from '@countersign/kernel';
import type { Auth, EndpointSpec } from '../http/endpoint.js';

const PERSON: Code[] = [
  'credentials_missing',
  'credentials_malformed',
  'session_unknown',
  'session_ended',
  'token_invalid',
  'client_mismatch',
  'caller_token_refused',
];
const SERVER: Code[] = [
  'credentials_missing',
  'credentials_malformed',
  'token_invalid',
  'scope_missing',
  'client_mismatch',
];

const BY_AUTH: Record<Auth['kind'], Code[]> = {
  none: [],
  client: [],
  enrollment: ['credentials_missing'],
  'enrollment-or-person': PERSON,
  person: PERSON,
  server: SERVER,
  'server-or-operator': [...PERSON, 'scope_missing'],
};

const ALWAYS: Code[] = [
  'client_unknown',
  'request_invalid',
  'rate_limited',
  'internal',
  'unavailable',
  'deadline_exceeded',
];
const WITH_BODY: Code[] = ['request_too_large', 'media_type_unsupported'];

/** Every code an operation can answer with: its own, and those of its kind. */
export function errorsOf({ auth, body, method, errors = [] }: EndpointSpec): Code[] {
  const csrf: Code[] = method === 'GET' ? [] : ['csrf_refused'];
  return [...new Set([...errors, ...BY_AUTH[auth.kind], ...csrf, ...(body ? WITH_BODY : []), ...ALWAYS])];
}
