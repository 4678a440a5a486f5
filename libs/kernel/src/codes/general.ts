import { codes } from './entry.js';

export const generalCodes = codes({
  internal: {
    kind: 'internal',
    title: 'Something went wrong on our side.',
    cause: 'An unexpected failure. Its text is withheld; the request id leads to it in the logs.',
    remedy: 'Try again. If it persists, report the request id.',
  },
  request_invalid: {
    kind: 'invalid',
    title: 'The request is not of the expected form.',
    cause: 'A member is missing, unknown, or of the wrong type; `errors` names each.',
    remedy: 'Correct the members named in `errors`.',
    example: { errors: [{ path: 'userName', message: 'is longer than 256 characters' }] },
  },
  request_too_large: {
    kind: 'too_large',
    title: 'The request is too large or too deeply nested.',
    cause: 'A body over 64 KiB or nested deeper than 16 levels.',
    remedy: 'Send less.',
  },
  not_found: {
    kind: 'not_found',
    title: 'There is no such thing.',
    cause: 'The id is unknown, or belongs to someone else; the answer is the same.',
    remedy: 'Check the id and the credentials.',
  },
  conflict: {
    kind: 'conflict',
    title: 'The state changed in the meantime.',
    cause: 'Another request changed the same thing first, or it is not in a state that allows this.',
    remedy: 'Read the current state and decide again.',
  },
  unavailable: {
    kind: 'unavailable',
    title: 'The service cannot answer at the moment.',
    cause: 'A dependency is down, or the service is draining.',
    remedy: 'Try again after `retryAfter` seconds.',
    example: { retryAfter: 1 },
  },
  deadline_exceeded: {
    kind: 'deadline',
    title: 'The answer took too long.',
    cause: 'The deadline of the request passed before all services had answered.',
    remedy: 'Try again.',
  },
  call_refused: {
    kind: 'forbidden',
    title: 'This caller may not call this method.',
    cause: 'The calling service is not listed for the method in the topology.',
    remedy: 'None: services call only what the topology lists.',
  },
  caller_token_refused: {
    kind: 'unauthenticated',
    title: 'The caller could not be established.',
    cause: 'The caller token is missing, forged, expired, or was made for another method.',
    remedy: 'Present the credentials again at the gateway.',
  },
  step_up_required: {
    kind: 'unauthenticated',
    title: 'This needs a fresh confirmation by the person.',
    cause: 'The session is too weak or too old for this, or the action needs a grant and none was sent.',
    remedy: 'Step up with the `acrValues`, `maxAge` and `action` given (RFC 9470), then repeat the request.',
    example: { acrValues: 'phr', maxAge: 60, action: 'authenticator.remove' },
  },
  client_unknown: {
    kind: 'unauthenticated',
    title: 'The application is not known.',
    cause: '`Countersign-Client` is missing or names no application.',
    remedy: 'Send the client id the application was registered with.',
  },
});
