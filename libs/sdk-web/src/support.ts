/** What this browser can do; ask before offering it. */
export interface PasskeySupport {
  /** Passkeys with the JSON forms of WebAuthn Level 3. Nothing works without. */
  passkeys: boolean;
  /** Passkeys offered in the browser's autofill (conditional mediation). */
  autofill: boolean;
}

/** True where the browser speaks WebAuthn and its JSON forms; false in old browsers and outside secure contexts. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

/** Detects features; never by the browser's name. */
export async function passkeySupport(): Promise<PasskeySupport> {
  const passkeys = hasPasskeys();
  const asked = passkeys && typeof PublicKeyCredential.isConditionalMediationAvailable === 'function';
  return { passkeys, autofill: asked && (await PublicKeyCredential.isConditionalMediationAvailable()) };
}
