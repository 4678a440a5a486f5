import { CountersignProblem } from '@countersign/sdk-web';
import { BankProblem } from './bank-problem.js';

const UPDATE = 'This passkey cannot be used here. Please try another one.';
const AGAIN = 'That did not work. Please try again.';
const EXPIRED = 'That took too long, or was used already. Please try again.';
const SIGN_IN = 'Your session has ended. Please sign in again.';
const BEGIN_AGAIN = 'This invitation was used already, has expired, or was opened elsewhere. Please begin again.';
const NOT_STRONG_ENOUGH = 'This passkey is not strong enough for this. Please use another one.';
const LATER = 'The bank cannot be reached at the moment. Please try again in a few minutes.';

/** What a customer is told. It says what to do next, and never whether somebody else is a customer. */
const MESSAGES: Record<string, string> = {
  passkeys_unsupported: 'This browser cannot use passkeys. Please use a current browser, or another device.',
  ceremony_cancelled: 'The passkey request was cancelled or ran out of time. Nothing was changed.',
  ceremony_aborted: 'The passkey request was withdrawn. Please try again.',
  already_registered: 'This device already holds a passkey for you. Use it to sign in, or add another device.',
  page_not_allowed: 'Passkeys cannot be used on this address. Please check that you are on the bank’s own page.',
  authenticator_failed: 'Your device could not complete the request. Please try again, or use another device.',
  network_failed: 'There is no connection to the bank. Please check your network and try again.',
  answer_unreadable: LATER,

  step_up_required: 'Please confirm with your passkey first.',
  step_up_failed: 'Your confirmation was not accepted. Please try again with a passkey of this account.',
  assurance_insufficient: NOT_STRONG_ENOUGH,
  authenticator_not_accepted: NOT_STRONG_ENOUGH,
  elevation_refused: AGAIN,
  action_unknown: 'The bank does not offer this at the moment.',
  grant_refused: 'Your confirmation ran out or was used already. Please confirm again.',
  session_ended: SIGN_IN,
  session_unknown: SIGN_IN,
  session_mismatch: SIGN_IN,
  client_mismatch: SIGN_IN,
  token_invalid: SIGN_IN,
  token_expired: SIGN_IN,
  credentials_missing: SIGN_IN,
  caller_token_refused: SIGN_IN,
  csrf_refused: 'This page is out of date. Please load it again.',

  authentication_failed: 'The sign-in did not succeed. Please try again, or choose another passkey.',
  credential_unknown: 'The bank does not know this passkey; it may have been removed. Please choose another one.',
  credential_not_active: 'This passkey is suspended. Please sign in with another one.',
  device_ended: 'This passkey was suspended or removed. Please sign in with another one.',
  credential_exists: 'This device already holds a passkey for you. Use it to sign in, or add another device.',
  too_many_devices: 'You have as many passkeys as the bank allows. Please remove one that you no longer use.',
  credential_compromised:
    'This passkey may have been copied and cannot be resumed. Please remove it and add a new one.',
  risk_blocked: 'We stopped this sign-in to protect your account. Please try again later, or contact the bank.',
  challenge_spent: EXPIRED,
  challenge_expired: EXPIRED,
  ticket_refused: BEGIN_AGAIN,
  enrollment_binding_refused: BEGIN_AGAIN,
  ticket_pin_wrong: 'The PIN is not right. Please check it and try again.',
  device_name_invalid: 'This name cannot be used. Please choose a shorter or simpler one.',
  display_name_invalid: 'This name cannot be used. Please choose a shorter or simpler one.',
  reference_invalid: 'This user name cannot be used. Please choose another one.',

  signature_invalid: AGAIN,
  credential_mismatch: AGAIN,
  credential_not_allowed: 'This passkey belongs to another account. Please choose another one.',
  subject_mismatch: 'This passkey belongs to another account. Please choose another one.',
  challenge_mismatch: AGAIN,
  ceremony_type_mismatch: AGAIN,
  user_handle_mismatch: AGAIN,
  user_presence_missing: AGAIN,
  credential_malformed: AGAIN,

  conflict: 'This was changed in the meantime. Please look again.',
  user_verification_missing:
    'Your device did not check that it is you. Set up a screen lock, fingerprint, face or PIN and try again.',
  counter_replayed: 'This passkey may have been copied, so it was suspended. Please sign in with another one.',
  algorithm_not_allowed: UPDATE,
  attestation_format_unsupported: UPDATE,
  attestation_invalid: UPDATE,
  attestation_untrusted: UPDATE,
  attestation_not_accepted: UPDATE,
  backup_flags_invalid: UPDATE,
  backup_eligibility_changed: UPDATE,
  public_key_malformed: UPDATE,

  request_invalid: 'Please check what you entered.',
  not_found: 'This is no longer there.',
  unavailable: LATER,
  deadline_exceeded: LATER,
  internal: 'Something went wrong on our side. Please try again.',

  user_name_taken: 'This user name is taken. Please choose another one.',
  bank_full: 'We take no new customers at the moment.',
  sign_in_required: SIGN_IN,
  confirmation_required: 'Please confirm with your passkey first.',
  confirmation_refused: 'The confirmation was not for exactly this, or ran out. Please confirm again.',
  payee_known: 'This payee is on your list already.',
  payee_unknown: 'This payee is no longer on your list.',
  funds_insufficient: 'There is not enough money in your account for this transfer.',
  amount_invalid: 'Please enter an amount above zero.',
  platform_unavailable: LATER,
};

/** One or two sentences for whatever went wrong, with the time to wait or the request id where they help. */
export function messageFor(error: unknown): string {
  if (error instanceof BankProblem) return MESSAGES[error.code] ?? byStatus(error.status);
  if (!(error instanceof CountersignProblem)) return MESSAGES.internal as string;
  const { retryAfter, requestId, signals, requirements } = error.details;
  if (signals?.unknownCredential)
    return 'The bank does not know this passkey; it may have been removed. Please choose another one.';
  if (requirements) return NOT_STRONG_ENOUGH;
  if (error.status === 429) return `Too many attempts. Please wait ${waitOf(retryAfter)} and try again.`;
  const known = MESSAGES[error.code];
  if (known && error.code !== 'internal') return known;
  return `${known ?? error.message}${requestId ? ` (Reference: ${requestId})` : ''}`;
}

const byStatus = (status: number): string => (status >= 500 ? LATER : AGAIN);

function waitOf(seconds: number | undefined): string {
  if (seconds === undefined) return 'a moment';
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
