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
  dpop_proof_missing: {
    kind: 'unauthenticated',
    title: 'The request needs a proof of possession.',
    cause:
      'The token is bound to a key, or policy asks for tokens that are, and no `DPoP` header came with it (RFC 9449 §7.1).',
    remedy: 'Sign a proof with the key the token is bound to, and send it as `DPoP`.',
  },
  dpop_proof_malformed: {
    kind: 'unauthenticated',
    title: 'The proof of possession cannot be read.',
    cause:
      'The `DPoP` header came twice, is no compact JWS of at most 4096 characters, has `crit` or another member that would change how it is read, or lacks `jti`, `htm`, `htu` or `iat` (RFC 9449 §4.3 items 1-3).',
    remedy: 'Send one header with one JWT that has the members of RFC 9449 §4.2.',
  },
  dpop_type_refused: {
    kind: 'unauthenticated',
    title: 'The proof of possession is of another class.',
    cause: '`typ` is not exactly `dpop+jwt` (RFC 9449 §4.3 item 4).',
    remedy: 'Set `typ` to `dpop+jwt`.',
  },
  dpop_algorithm_refused: {
    kind: 'unauthenticated',
    title: 'The proof is signed with an algorithm that is not accepted.',
    cause: '`alg` is none of ES256, ES384, EdDSA and PS256 (RFC 9449 §4.3 item 5).',
    remedy: 'Use an algorithm that `dpop_signing_alg_values_supported` lists.',
  },
  dpop_key_refused: {
    kind: 'unauthenticated',
    title: 'The key in the proof is not accepted.',
    cause:
      '`jwk` is missing, holds a private member, is not of the kind `alg` needs, is not canonical base64url, or is an RSA key outside of 2048 to 4096 bits (RFC 9449 §4.3 item 7).',
    remedy: 'Put the public key alone into `jwk`.',
  },
  dpop_signature_invalid: {
    kind: 'unauthenticated',
    title: 'The proof of possession is not signed by its key.',
    cause: 'The signature does not verify with `jwk` (RFC 9449 §4.3 item 6).',
    remedy: 'Sign with the private half of the key in `jwk`; ECDSA as r ‖ s.',
  },
  dpop_method_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is for another request.',
    cause: '`htm` is not the method of the request, letter for letter (RFC 9449 §4.3 item 8).',
    remedy: 'Sign a proof for every request.',
  },
  dpop_url_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is for another address.',
    cause:
      '`htu` is not the public address of the operation: scheme, host, port and path, without query and fragment (RFC 9449 §4.3 item 9).',
    remedy: 'Use the address under which the platform is published, not that of a machine behind it.',
  },
  dpop_time_refused: {
    kind: 'unauthenticated',
    title: 'The proof is too old or from the future.',
    cause:
      '`iat` lies more than 60 s back or 5 s ahead, or before the moment since when spent proofs are remembered (RFC 9449 §4.3 item 11).',
    remedy: 'Set the clock, and sign a proof for every request.',
  },
  dpop_nonce_required: {
    kind: 'unauthenticated',
    title: 'The proof needs a fresh nonce.',
    cause: '`nonce` is missing though policy asks for it, or is not one of the last two that were given (RFC 9449 §8).',
    remedy: 'Sign again with the value of the header `DPoP-Nonce`.',
    example: { dpopNonce: 'bG9uZyBub25jZQ' },
  },
  dpop_token_mismatch: {
    kind: 'unauthenticated',
    title: 'The proof is for another token.',
    cause: '`ath` is not the SHA-256 of the access token in base64url, or is missing (RFC 9449 §4.3 item 12).',
    remedy: 'Compute `ath` over the very token that is sent.',
  },
  dpop_key_mismatch: {
    kind: 'unauthenticated',
    title: 'The token is bound to another key.',
    cause: 'The key of the proof is not the one the token was issued to (RFC 9449 §4.3 item 12).',
    remedy: 'Sign with the key that obtained the token. If that key is gone, sign in again.',
  },
  dpop_scheme_mismatch: {
    kind: 'unauthenticated',
    title: 'The token was sent under the wrong scheme.',
    cause: 'A token that is bound to a key was sent as `Bearer`, or one that is not as `DPoP` (RFC 9449 §7.1, §7.2).',
    remedy: 'Send the token as the `token_type` it was issued with.',
  },
  dpop_replayed: {
    kind: 'unauthenticated',
    title: 'The proof was used before.',
    cause: 'A proof with this `jti` by this key was accepted already (RFC 9449 §11.1).',
    remedy: 'Sign a proof with a new `jti` for every request, repetitions included.',
  },
});
