import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { utf8 } from '@countersign/kernel';

const PURPOSE = 'countersign refresh successor v1';
const [IV_BYTES, TAG_BYTES, KEY_BYTES] = [12, 16, 32];

/** Only who holds the present token derives this; the database knows its hash alone. */
const keyOf = (present: string): Buffer => Buffer.from(hkdfSync('sha256', utf8(present), '', PURPOSE, KEY_BYTES));

/**
 * Seals the successor of a refresh token for whoever presents that very token again (R6): AES-256-GCM under a key out of
 * the present token. Who reads the database cannot open it.
 *
 * @returns `iv (12) ‖ tag (16) ‖ sealed`
 */
export function sealSuccessor(present: string, successor: string): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(present), iv);
  const sealed = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

/** @throws Error when it was not sealed for this token: then the row is not what this service wrote */
export function openSuccessor(present: string, sealed: Uint8Array): string {
  const iv = sealed.subarray(0, IV_BYTES);
  // A row that was cut short must not pass with a shorter tag.
  const decipher = createDecipheriv('aes-256-gcm', keyOf(present), iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const opened = [decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
  return Buffer.concat(opened).toString('utf8');
}
