import { expect, test } from '@jest/globals';
import { refusalOf } from './failure.js';

const named = (name: string, message = ''): Error =>
  Object.assign(new Error(message), { name, $metadata: { requestId: 'r-1' } });

test.each([
  ['AccessDeniedException', '', 'key_store_denied'],
  ['ExpiredTokenException', '', 'key_store_denied'],
  ['DisabledException', '', 'key_disabled'],
  ['KMSInvalidStateException', 'arn:aws:kms:… is pending deletion.', 'key_pending_deletion'],
  ['KMSInvalidStateException', 'arn:aws:kms:… is pending import.', 'key_store_unavailable'],
  ['InvalidCiphertextException', '', 'seal_refused'],
  ['NotFoundException', '', 'key_unknown'],
  ['ThrottlingException', '', 'key_store_unavailable'],
  ['TimeoutError', '', 'key_store_unavailable'],
])('BCB-9.keys · %s %s is refused as %s', (name, message, code) => {
  expect(refusalOf(named(name, message))).toMatchObject({ code, internal: `${name} r-1` });
});
