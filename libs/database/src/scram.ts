import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4096;
const PRINTABLE = /^[\x21-\x7e]{16,128}$/;

/**
 * What PostgreSQL stores of a password (RFC 5802 §3, RFC 7677): sent instead of the password, so that no statement and
 * no server log ever holds it.
 *
 * @throws Error for a password under 16 characters or with characters SASLprep could change
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  if (!PRINTABLE.test(password)) throw new Error('a database password must be 16 to 128 printable ASCII characters');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const saltText = Buffer.from(salt).toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${saltText}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
