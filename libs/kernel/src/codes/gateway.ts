import { codes } from './entry.js';

export const gatewayCodes = codes({
  rate_limited: {
    kind: 'rate_limited',
    title: 'There were too many requests.',
    cause: 'The limit of this address, of this user name or of the whole tenant was reached. Nothing was locked.',
    remedy: 'Wait `retryAfter` seconds, then try again.',
    example: { retryAfter: 17 },
  },
  credentials_missing: {
    kind: 'unauthenticated',
    title: 'The request says nothing about who is calling.',
    cause: 'There is neither a session cookie nor an `Authorization` header, or no opened enrollment ticket.',
    remedy: 'Sign in, obtain a token or open a ticket, and send what you were given.',
  },
  credentials_malformed: {
    kind: 'invalid',
    title: 'What was presented cannot be read.',
    cause: 'The `Authorization` header is of another scheme or form, or a cookie or parameter came twice.',
    remedy: 'Send one `Authorization: Bearer <token>` header, or the one cookie that was set.',
  },
  client_mismatch: {
    kind: 'unauthenticated',
    title: 'The session is not one of this application.',
    cause: '`Countersign-Client` names another application than the one the session or token was issued to.',
    remedy: 'Sign in with the application that is calling, or send its client id.',
  },
  route_unknown: {
    kind: 'not_found',
    title: 'There is nothing at this address.',
    cause: 'No operation has this path; letter case and a trailing slash count.',
    remedy: 'Compare the path with `/v1/openapi.json`.',
  },
  method_not_allowed: {
    kind: 'invalid',
    title: 'The path does not take this method.',
    cause: 'The path exists; the header `Allow` lists its methods.',
    remedy: 'Use one of the methods in `Allow`.',
  },
  media_type_unsupported: {
    kind: 'invalid',
    title: 'The body is not of a supported media type.',
    cause: 'JSON is asked for, or a form at the OAuth endpoints, and `Content-Type` says otherwise.',
    remedy: 'Send `application/json`; at the OAuth endpoints `application/x-www-form-urlencoded`.',
  },
  grant_type_unsupported: {
    kind: 'invalid',
    title: 'This grant type is not supported.',
    cause: '`grant_type` is neither `client_credentials` nor `refresh_token`.',
    remedy: 'Use one of the two.',
  },
});
