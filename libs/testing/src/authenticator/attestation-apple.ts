import { sha256 } from '@countersign/kernel';
import type { Attestor, CborValue } from '@countersign/authenticator';
import type { Maker } from './attestation.js';
import { explicit, octets, sequence } from './der.js';

const NONCE_EXTENSION = '1.2.840.113635.100.8.2';

/** Anonymous attestation: a fresh certificate for the credential's own key that holds the nonce (WebAuthn L3 §8.8). */
export function attestApple({ ca }: Maker): Attestor {
  return ({ key, signed, spoil }) => {
    const nonce = spoil(sha256(signed));
    const extensions = [{ id: NONCE_EXTENSION, value: sequence(explicit(1, octets(nonce))) }];
    const { certificate } = ca.issue({ keys: key, extensions });
    return { fmt: 'apple', attStmt: new Map<string, CborValue>([['x5c', [certificate]]]) };
  };
}
