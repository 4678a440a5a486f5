import type { Code } from '@countersign/kernel';
import type { Auth, EndpointSpec } from '../http/endpoint.js';

/** What can be wrong with a proof of possession wherever one is taken (RFC 9449 §4.3). */
export const PROOF: readonly Code[] = [
  'dpop_proof_missing',
  'dpop_proof_malformed',
  'dpop_type_refused',
  'dpop_algorithm_refused',
  'dpop_key_refused',
  'dpop_signature_invalid',
  'dpop_method_mismatch',
  'dpop_url_mismatch',
  'dpop_time_refused',
  'dpop_nonce_required',
  'dpop_key_mismatch',
  'dpop_replayed',
];
const TOKEN: Code[] = [...PROOF, 'dpop_token_mismatch', 'dpop_scheme_mismatch'];

const PERSON: Code[] = [
  'credentials_missing',
  'credentials_malformed',
  'session_unknown',
  'session_ended',
  'token_invalid',
  'client_mismatch',
  'caller_token_refused',
  ...TOKEN,
];
const SERVER: Code[] = [
  'credentials_missing',
  'credentials_malformed',
  'token_invalid',
  'scope_missing',
  'client_mismatch',
  ...TOKEN,
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
