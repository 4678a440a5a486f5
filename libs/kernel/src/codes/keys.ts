import { codes } from './entry.js';

export const keysCodes = codes({
  key_unknown: {
    kind: 'internal',
    title: 'A signing or wrapping key is missing.',
    cause: 'The key store has no key of this id or name.',
    remedy: 'An operator checks that the service uses the key store its data was written with.',
  },
  key_disabled: {
    kind: 'unavailable',
    title: 'A signing or wrapping key is disabled.',
    cause: 'An operator or the rotation disabled the key, or its name has no active version.',
    remedy: 'An operator prepares and activates the next version.',
  },
  key_not_active: {
    kind: 'internal',
    title: 'A signing key was used before its time.',
    cause: 'A key that is published but not activated yet was asked to sign.',
    remedy: 'None for the caller; the request id leads to the place in the logs.',
  },
  key_conflict: {
    kind: 'conflict',
    title: 'The key is not in a state that allows this.',
    cause: 'The name exists for another use, or the version is not the one that waits for activation.',
    remedy: 'List the keys of the name and decide again.',
  },
  key_name_invalid: {
    kind: 'internal',
    title: 'A key name is not of the expected form.',
    cause: 'Key names are up to three parts of lower-case letters, digits and hyphens, joined by slashes.',
    remedy: 'None for the caller; the request id leads to the place in the logs.',
  },
  key_store_busy: {
    kind: 'unavailable',
    title: 'The key store is busy.',
    cause: 'Another process held the lock of the key file for longer than the wait allows.',
    remedy: 'Try again; if it persists, an operator follows the message in the log.',
  },
  key_pending_deletion: {
    kind: 'unavailable',
    title: 'A signing or wrapping key is about to be deleted.',
    cause: 'Somebody scheduled the deletion of the key in the key management service.',
    remedy: 'An operator cancels the deletion while the waiting time lasts, then finds out who scheduled it.',
  },
  key_store_denied: {
    kind: 'unavailable',
    title: 'The key store does not let this service in.',
    cause: 'The PIN or the credentials are wrong, or do not allow this operation on this key.',
    remedy: 'An operator compares the permissions of the service with those in docs/operators/keys.md.',
  },
  key_store_unavailable: {
    kind: 'unavailable',
    title: 'The key store does not answer.',
    cause: 'The security module or key management service was not reached, or not within the deadline.',
    remedy: 'Try again; if it persists, an operator looks at the key store and at the way there.',
  },
  seal_refused: {
    kind: 'invalid',
    title: 'Sealed data could not be opened.',
    cause: 'The bytes were changed or cut, were sealed for another context, or under a key that is gone.',
    remedy: 'Present the sealed value exactly as it was issued, where it was issued for.',
  },
  token_refused: {
    kind: 'unauthenticated',
    title: 'The token is not accepted.',
    cause: 'It is malformed, of another type, for another audience or issuer, or its signature does not verify.',
    remedy: 'Obtain a new token.',
  },
  token_expired: {
    kind: 'unauthenticated',
    title: 'The token has expired.',
    cause: 'Its `exp` has passed.',
    remedy: 'Obtain a new token.',
  },
  certificate_refused: {
    kind: 'unauthenticated',
    title: 'The certificate does not name a service.',
    cause:
      'The peer certificate is missing, or does not carry exactly one URI of the form spiffe://countersign/<service>.',
    remedy: 'Issue the certificate with the URI of its service.',
  },
});
