import { signWith, type Attestor, type CborValue, type CredentialKey } from '@countersign/authenticator';
import type { Maker } from './attestation.js';

/** The last 65 octets of a P-256 key's SubjectPublicKeyInfo: the uncompressed point. */
const pointOf = ({ publicKey }: CredentialKey): Buffer =>
  publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);

/** What a U2F device says at registration: neither flags nor model are part of it (WebAuthn L3 §8.6). */
export function attestU2f({ ca }: Maker): Attestor {
  const { certificate, privateKey } = ca.issue();
  return ({ key, rpIdHash, clientDataHash, credentialId, spoil }) => {
    const message = Buffer.concat([Buffer.from([0]), rpIdHash, clientDataHash, credentialId, pointOf(key)]);
    const sig = spoil(signWith(privateKey, -7, message));
    return {
      fmt: 'fido-u2f',
      attStmt: new Map<string, CborValue>(Object.entries({ sig, x5c: [certificate] })),
    };
  };
}
