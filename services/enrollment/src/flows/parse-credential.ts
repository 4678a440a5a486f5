import type { RegistrationResponseJSON } from '@countersign/webauthn';

/** Bytes of JSON; an attestation object of the greatest permitted size fits in well. */
const MAX_BYTES = 64 * 1024;

/** The client's answer as an object. Nothing else about its form is believed yet; `verifyRegistration` judges that. */
export function parseCredential(text: string): RegistrationResponseJSON | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as RegistrationResponseJSON) : undefined;
  } catch {
    return undefined;
  }
}
