import { noAttestation, signWith, type Attestor, type CborValue } from '@countersign/authenticator';
import { attestAndroidKey, type AndroidKeyProfile } from './android-key-attestation.js';
import type { TestAttestationCa } from './attestation-ca.js';
import { attestApple } from './attestation-apple.js';
import { attestU2f } from './attestation-u2f.js';
import { attestTpm, type TpmProfile } from './tpm-attestation.js';

/** Whatever can issue attestation certificates. */
export type AttestationIssuer = Pick<TestAttestationCa, 'certificate' | 'issue'>;

/** What an authenticator vouches with: an authority of its maker, and its model. */
export interface Maker {
  ca: AttestationIssuer;
  /** 16 bytes. */
  aaguid: Uint8Array;
  /** How `tpm` and `android-key` differ from what they should be. */
  tpm?: TpmProfile;
  androidKey?: AndroidKeyProfile;
}

/** By the credential's own key (WebAuthn L3 §8.2, self). */
const packedSelf: Attestor = ({ key, signed, spoil }) => ({
  fmt: 'packed',
  attStmt: new Map<string, CborValue>([
    ['alg', key.algorithm],
    ['sig', spoil(signWith(key.privateKey, key.algorithm, signed))],
  ]),
});

/** By a certificate that all authenticators of the model share (WebAuthn L3 §8.2). */
function packed({ ca, aaguid }: Maker): Attestor {
  const { certificate, privateKey } = ca.issue({ aaguid });
  return ({ signed, spoil }) => ({
    fmt: 'packed',
    attStmt: new Map<string, CborValue>([
      ['alg', -7],
      ['sig', spoil(signWith(privateKey, -7, signed))],
      ['x5c', [certificate]],
    ]),
  });
}

const MAKERS = {
  none: () => noAttestation,
  'packed-self': () => packedSelf,
  packed,
  tpm: attestTpm,
  'android-key': attestAndroidKey,
  apple: attestApple,
  'fido-u2f': attestU2f,
} satisfies Record<string, (maker: Maker) => Attestor>;

/** Attestations a software authenticator can give; `compound` gives several of the others at once. */
export type SingleAttestation = keyof typeof MAKERS;
export type AttestationKind = SingleAttestation | 'compound';

/** Several statements for one credential (WebAuthn L3 §8.9). */
function compound(attestors: readonly Attestor[]): Attestor {
  return (attesting) => ({
    fmt: 'compound',
    attStmt: attestors
      .map((attestor) => attestor(attesting))
      .map(({ fmt, attStmt }) => new Map<string, CborValue>(Object.entries({ fmt, attStmt }))),
  });
}

/** The attestor of one kind; @param parts of `compound` only. */
export function attestorOf(kind: AttestationKind, maker: Maker, parts: readonly SingleAttestation[]): Attestor {
  return kind === 'compound' ? compound(parts.map((part) => MAKERS[part](maker))) : MAKERS[kind](maker);
}
