import { codes } from './entry.js';

export const sessionCodes = codes({
  session_unknown: {
    kind: 'unauthenticated',
    title: 'Sign in to continue.',
    cause: 'The cookie or token names no session, or was not presented at all.',
    remedy: 'Sign in again.',
  },
  session_ended: {
    kind: 'unauthenticated',
    title: 'Sign in to continue.',
    cause: 'The session was signed out, was idle or open for too long, or its device was suspended or revoked.',
    remedy: 'Sign in again.',
  },
  token_invalid: {
    kind: 'unauthenticated',
    title: 'Sign in to continue.',
    cause: 'The access token is malformed, has expired, was not issued here, or is not meant for this call.',
    remedy: 'Refresh the access token; if that is refused, sign in again.',
  },
  csrf_refused: {
    kind: 'forbidden',
    title: 'This request did not come from the application.',
    cause: '`Countersign-CSRF` is missing or wrong, or `Origin` is not one of the application.',
    remedy: 'Send the `csrfToken` of the session from a registered origin.',
  },
  scope_missing: {
    kind: 'forbidden',
    title: 'The token does not cover this.',
    cause: 'The access token does not hold the scope the call needs, or the application has lost it.',
    remedy: 'Ask for a token with that scope; an operator grants it to the application.',
  },
  client_refused: {
    kind: 'unauthenticated',
    title: 'The application could not be authenticated.',
    cause:
      'The client id is unknown, or its secret or assertion is wrong, expired, used before, or of a kind it was not registered with.',
    remedy: 'Check the credentials of the application; sign a new assertion for every request.',
  },
  scope_refused: {
    kind: 'invalid',
    title: 'The application may not have this scope.',
    cause: 'A scope that was asked for is not one of the application, or is malformed (RFC 6749 §3.3).',
    remedy: 'Ask for scopes the application was registered with, or none to get all of them.',
  },
  refresh_refused: {
    kind: 'invalid',
    title: 'The refresh token is not accepted.',
    cause:
      'It is unknown, its session has ended, it belongs to another application, or it was used before: then the session was ended.',
    remedy: 'Sign in again. A refresh token is used once, by one caller.',
  },
  device_ended: {
    kind: 'unauthenticated',
    title: 'This device cannot be used.',
    cause: 'The device was suspended or revoked after this ceremony had begun.',
    remedy: 'Use another device; a resumed device signs in with a new ceremony.',
    toldAs: 'authentication_failed',
  },
  elevation_refused: {
    kind: 'conflict',
    title: 'The session cannot be raised by this.',
    cause: 'The new authentication is weaker or older than the one the session already has.',
    remedy: 'Step up with an authenticator at least as strong as the one that signed in.',
    toldAs: 'step_up_failed',
  },
  action_unknown: {
    kind: 'invalid',
    title: 'The action is not known.',
    cause: 'The policy of the tenant does not list the action.',
    remedy: 'Add it to the policy, or correct the name.',
  },
});
