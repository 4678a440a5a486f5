import { clause, pass, reject } from '@countersign/kernel';
import { isSignedBy } from '../../crypto/signature.js';
import type { AuthenticationProof } from '../proof.js';

/** Refuses what the enrolled key did not sign: authenticator data followed by the hash of the client data. */
export const checkSignature = clause<AuthenticationProof>('WebAuthn L3 §7.2 step 21', (proof) => {
  const signed = Buffer.concat([proof.authData.raw, proof.clientData.hash]);
  return isSignedBy(proof.key, signed, proof.signature) ? pass : reject('signature_invalid');
});
