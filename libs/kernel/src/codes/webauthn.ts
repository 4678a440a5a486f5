import { codes } from './entry.js';

const MAKE_AGAIN = 'Start the ceremony again with fresh options.';
const BROWSER = 'Send what the browser returned, unchanged. If it was unchanged, report the authenticator model.';

export const webauthnCodes = codes({
  credential_malformed: {
    kind: 'invalid',
    title: 'The credential is not of the expected form.',
    cause: 'A member of the credential is missing, too long, of the wrong type, or not base64url without padding.',
    remedy: BROWSER,
  },
  client_data_malformed: {
    kind: 'invalid',
    title: 'The client data cannot be read.',
    cause: 'clientDataJSON is not UTF-8, not a JSON object, too large or too deep, names a member twice, or lacks one.',
    remedy: BROWSER,
  },
  authenticator_data_malformed: {
    kind: 'invalid',
    title: 'The authenticator data cannot be read.',
    cause: 'Its length does not match its flags, it carries what this ceremony forbids, or its CBOR breaks a limit.',
    remedy: BROWSER,
  },
  attestation_malformed: {
    kind: 'invalid',
    title: 'The attestation cannot be read.',
    cause: 'The attestation object breaks a CBOR limit, has bytes left over, or lacks fmt, attStmt or authData.',
    remedy: BROWSER,
  },
  public_key_malformed: {
    kind: 'invalid',
    title: 'The public key is not acceptable.',
    cause: 'Key type, algorithm and curve disagree, the point is not on the curve, or the RSA key is too weak.',
    remedy: 'Use another authenticator.',
  },
  credential_id_too_long: {
    kind: 'invalid',
    title: 'The credential id is too long.',
    cause: 'A credential id has at most 1023 bytes.',
    remedy: 'Use another authenticator.',
  },
  ceremony_type_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof was made for another ceremony.',
    cause: 'The type in the client data is not the one of this ceremony; a payment confirmation is not a sign-in.',
    remedy: MAKE_AGAIN,
  },
  challenge_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof answers another challenge.',
    cause: 'The challenge in the client data is not the one that was issued for this ceremony.',
    remedy: MAKE_AGAIN,
  },
  origin_not_allowed: {
    kind: 'unauthenticated',
    title: 'The proof was made on a page that is not allowed.',
    cause: 'The origin in the client data is not one of the application’s origins, compared exactly.',
    remedy: 'Add the origin to the application, or call from a listed one.',
  },
  cross_origin_not_allowed: {
    kind: 'unauthenticated',
    title: 'The proof was made in a frame that is not allowed.',
    cause: 'The page was framed by another origin, and that origin is not listed or was not named by the browser.',
    remedy: 'Open the page itself, or list the framing origin for the application.',
  },
  rp_id_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is for another relying party.',
    cause: 'The hash in the authenticator data is not that of the application’s RP id.',
    remedy: MAKE_AGAIN,
  },
  user_presence_missing: {
    kind: 'unauthenticated',
    title: 'Nobody confirmed at the authenticator.',
    cause: 'The user presence flag is not set.',
    remedy: MAKE_AGAIN,
  },
  user_verification_missing: {
    kind: 'unauthenticated',
    title: 'The authenticator did not verify the person.',
    cause: 'Policy asks for user verification (biometrics or PIN) and its flag is not set.',
    remedy: 'Set up a screen lock, biometrics or a PIN on the authenticator and try again.',
  },
  backup_flags_invalid: {
    kind: 'unauthenticated',
    title: 'The authenticator contradicts itself about backups.',
    cause: 'A credential that cannot be backed up says that it is.',
    remedy: 'Use another authenticator.',
  },
  backup_eligibility_changed: {
    kind: 'unauthenticated',
    title: 'The credential is not the one that was enrolled.',
    cause: 'Backup eligibility is fixed when a credential is made, and differs from what was stored.',
    remedy: 'Enroll the authenticator again.',
    toldAs: 'authentication_failed',
  },
  algorithm_not_allowed: {
    kind: 'forbidden',
    title: 'The signature algorithm is not allowed.',
    cause: 'The key’s algorithm is not on the list that was offered, or no longer on the list that is accepted.',
    remedy: 'Use another authenticator.',
  },
  attestation_format_unsupported: {
    kind: 'forbidden',
    title: 'This form of attestation is not supported.',
    cause: 'The attestation statement format is not one this platform verifies; the name is matched exactly.',
    remedy: 'Use another authenticator, or ask for no attestation.',
  },
  recorded_case_malformed: {
    kind: 'invalid',
    title: 'This is not a recorded ceremony.',
    cause: 'A line given to `countersign-webauthn verify` is not JSON, lacks a member, or has one of the wrong form.',
    remedy:
      'Correct the line; standard error names the member. docs/integrators/verify-recorded.md tells what makes a case.',
  },
  attestation_safetynet_refused: {
    kind: 'forbidden',
    title: 'SafetyNet attestation is no longer accepted.',
    cause: 'Google ended SafetyNet; what an old device sends in its name is vouched for by nobody.',
    remedy: 'Update the device, so that it attests its key itself, or use another authenticator.',
  },
  attestation_invalid: {
    kind: 'forbidden',
    title: 'The attestation does not verify.',
    cause: 'The statement, its signature or its certificate breaks a rule of its format; facts name the rule.',
    remedy: 'Use another authenticator.',
  },
  attestation_serial_refused: {
    kind: 'forbidden',
    title: 'The authenticator told its serial number without being asked.',
    cause: 'The attestation names one device in the world, and the policy lists no serial numbers of this model.',
    remedy: 'List the model in `webauthn.attestation.enterprise`, or have the authenticator set up not to tell.',
  },
  attestation_untrusted: {
    kind: 'forbidden',
    title: 'The attestation does not lead to a trusted authority.',
    cause: 'No configured trust anchor issued the certificates that were presented.',
    remedy: 'Use an authenticator of an accepted model, or add its authority to the policy.',
  },
  attestation_not_accepted: {
    kind: 'forbidden',
    title: 'The policy asks for stronger attestation.',
    cause: 'The authenticator gave no attestation, or vouched only for itself, and the policy asks for more.',
    remedy: 'Use an authenticator of an accepted model.',
  },
  credential_not_allowed: {
    kind: 'unauthenticated',
    title: 'The credential was not asked for.',
    cause: 'The options named the credentials that may answer, and this is none of them.',
    remedy: MAKE_AGAIN,
    toldAs: 'authentication_failed',
  },
  credential_mismatch: {
    kind: 'unauthenticated',
    title: 'The credential is not the one on record.',
    cause: 'The id presented, the id attested, and the id on record are not all the same.',
    remedy: MAKE_AGAIN,
  },
  user_handle_mismatch: {
    kind: 'unauthenticated',
    title: 'The credential belongs to somebody else.',
    cause: 'The user handle differs from the account’s, or is missing where nobody had been named before.',
    remedy: MAKE_AGAIN,
    toldAs: 'authentication_failed',
  },
  signature_invalid: {
    kind: 'unauthenticated',
    title: 'The signature does not verify.',
    cause: 'The signature is not by the enrolled key over exactly these bytes.',
    remedy: MAKE_AGAIN,
  },
});
