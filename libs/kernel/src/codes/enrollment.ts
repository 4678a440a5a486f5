import { codes } from './entry.js';

const STEP_UP_AGAIN = 'Step up again for this action and send the new grant within 60 seconds.';

export const enrollmentCodes = codes({
  reference_invalid: {
    kind: 'invalid',
    title: 'The reference is not acceptable.',
    cause:
      'It is empty, has more than 256 characters, or holds control characters, changes of text direction or unpaired surrogates.',
    remedy: 'Send the id under which your own system knows the person.',
  },
  display_name_invalid: {
    kind: 'invalid',
    title: 'The display name is not acceptable.',
    cause:
      'It has more than 128 characters, or holds control characters, changes of text direction or unpaired surrogates.',
    remedy: 'Send a shorter name, or none.',
  },
  device_name_invalid: {
    kind: 'invalid',
    title: 'The name of the device is not acceptable.',
    cause:
      'It is empty, has more than 64 characters, or holds control characters, changes of text direction or unpaired surrogates.',
    remedy: 'Choose a name of 1 to 64 characters.',
  },
  idempotency_key_invalid: {
    kind: 'invalid',
    title: 'The idempotency key is not acceptable.',
    cause: '`Idempotency-Key` has more than 128 characters or holds other than visible ASCII.',
    remedy: 'Send a random UUID.',
  },
  idempotency_conflict: {
    kind: 'conflict',
    title: 'This idempotency key was used for another request.',
    cause: 'The same `Idempotency-Key` came before with a different body.',
    remedy: 'Use a new key for a new request, and the same body for a repetition.',
  },
  subject_scope_missing: {
    kind: 'forbidden',
    title: 'This token may not do this.',
    cause: 'The method is for the tenant’s server and the token lacks the scope, or a person’s session was presented.',
    remedy:
      'Request the scope with the client credentials: `subjects:read`, `subjects:write`, `subjects:erase` or `subjects:export`.',
  },
  subject_is_operator: {
    kind: 'conflict',
    title: 'This person is an operator.',
    cause: 'The person to be erased may still act for a tenant as its operator.',
    remedy: 'Take the person from the operators of every tenant first.',
  },
  ticket_refused: {
    kind: 'unauthenticated',
    title: 'This enrollment ticket cannot be used.',
    cause: 'It is unknown, expired, was opened before, was used up, or had too many wrong PINs.',
    remedy: 'Ask the bank for a new ticket.',
  },
  ticket_pin_wrong: {
    kind: 'unauthenticated',
    title: 'The PIN is missing or wrong.',
    cause: 'The ticket was issued with a PIN that is told apart from it; `attemptsRemaining` tries are left.',
    remedy: 'Enter the 8 digits exactly. After five wrong tries the ticket is dead.',
    example: { attemptsRemaining: 4 },
  },
  enrollment_binding_refused: {
    kind: 'unauthenticated',
    title: 'This enrollment is not open here.',
    cause:
      'The binding is missing, is of another application, its ticket has expired, or a device was enrolled with it.',
    remedy: 'Open the ticket in the browser or device that enrolls, or ask for a new one.',
  },
  grant_refused: {
    kind: 'unauthenticated',
    title: 'The grant is not accepted.',
    cause: 'It is forged, expired, used before, or was made for another person, session, application or action.',
    remedy: STEP_UP_AGAIN,
  },
  credential_exists: {
    kind: 'conflict',
    title: 'This authenticator is enrolled already.',
    cause: 'A credential with the same id is known (WebAuthn L3 §7.1 step 26).',
    remedy: 'Sign in with it, or enroll another authenticator.',
  },
  too_many_devices: {
    kind: 'conflict',
    title: 'There are too many devices.',
    cause:
      'The person has as many authenticators that are not removed as the policy permits (`limits.devicesPerPerson`).',
    remedy: 'Remove one that is no longer used, then enroll this one.',
  },
  authenticator_not_accepted: {
    kind: 'forbidden',
    title: 'This authenticator is not accepted here.',
    cause:
      'It satisfies neither what the application asks of an authenticator for signing in, nor any action; `requirements` names what it lacks.',
    remedy: 'Enroll an authenticator that has what `requirements` names.',
    example: { requirements: ['device_bound', 'attestation'] },
  },
  import_line_invalid: {
    kind: 'invalid',
    title: 'This line of the import cannot be read.',
    cause:
      'It is not JSON, lacks a member, has one that is unknown or out of its limits, or is too long; `errors` names each.',
    remedy: 'Write the line as `docs/integrators/import.md` says, and run the import again.',
    example: { errors: [{ path: 'createdAt', message: 'is not RFC 3339' }] },
  },
  user_handle_conflict: {
    kind: 'conflict',
    title: 'The user handle belongs to somebody else.',
    cause:
      'Another person has the user handle of the line, or the person has authenticators that return another one (WebAuthn L3 §7.2 step 6).',
    remedy: 'Give every person one reference and one user handle; import before they enroll here.',
  },
  credential_compromised: {
    kind: 'forbidden',
    title: 'This device cannot be resumed.',
    cause: 'It was suspended because its key may have been copied.',
    remedy: 'Remove the device and enroll it again.',
  },
});
