import { codes } from './entry.js';

const OTHER = 'Use an authenticator of another model.';

/** Refusals of a model of authenticator, or of who vouches for it, at registration and when a device is to be resumed. */
export const metadataCodes = codes({
  model_not_allowed: {
    kind: 'forbidden',
    title: 'This model of authenticator is not allowed.',
    cause: 'Its AAGUID is on the list of denied models, or is missing from the list of allowed ones.',
    remedy: OTHER,
  },
  model_status_refused: {
    kind: 'forbidden',
    title: 'This model of authenticator is not secure enough.',
    cause: 'The metadata service reports a status for the model that the policy refuses, such as a compromise.',
    remedy: OTHER,
  },
  model_unknown: {
    kind: 'forbidden',
    title: 'This model of authenticator is not known.',
    cause: 'The policy asks for a model that the metadata service lists, proven by its attestation.',
    remedy: 'Use a certified authenticator, and let the browser send its make and model when it asks.',
  },
  model_certification_insufficient: {
    kind: 'forbidden',
    title: 'This model of authenticator is not certified as asked.',
    cause: 'The metadata service reports no certification for the model, or a lower level than the policy asks for.',
    remedy: OTHER,
  },
  model_statement_mismatch: {
    kind: 'forbidden',
    title: 'The authenticator is not what its model should be.',
    cause: 'Attestation or key algorithm are not among those the model’s metadata statement lists.',
    remedy: OTHER,
  },
  metadata_stale: {
    kind: 'forbidden',
    title: 'No authenticators can be enrolled at present.',
    cause: 'The list of authenticator models is too old to judge by, and the policy accepts attested ones only.',
    remedy: 'Tell the bank; its operators have to see why the metadata service is not reached.',
  },
  attestation_revoked: {
    kind: 'forbidden',
    title: 'The key that vouches for this authenticator is revoked.',
    cause:
      'A certificate of its attestation is on the list of revoked Android attestation keys: the key may have leaked.',
    remedy: 'Use another device; its maker can say whether an update brings new keys.',
  },
  android_status_stale: {
    kind: 'forbidden',
    title: 'No Android devices can be enrolled at present.',
    cause:
      'The list of revoked Android attestation keys is too old to judge by, and the policy accepts attested ones only.',
    remedy: 'Tell the bank; its operators have to see why the list is not reached.',
  },
  device_condemned: {
    kind: 'forbidden',
    title: 'This device cannot be resumed.',
    cause: 'The policy refuses its model, or what vouched for it is revoked; the list of affected devices tells why.',
    remedy: 'Remove the device and enroll another one.',
  },
});
