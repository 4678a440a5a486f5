import {
  SoftAuthenticator as PlainAuthenticator,
  aaguidBytes,
  type SoftAuthenticatorOptions as PlainOptions,
} from '@countersign/authenticator';
import type { AndroidKeyProfile } from './android-key-attestation.js';
import { attestorOf, type AttestationIssuer, type AttestationKind, type SingleAttestation } from './attestation.js';
import { TestAttestationCa } from './attestation-ca.js';
import type { TpmProfile } from './tpm-attestation.js';

export type { AttestationIssuer };

export interface SoftAuthenticatorOptions extends Omit<PlainOptions, 'attestor'> {
  /** What has certificates is vouched for by `ca`. Default `none`. */
  attestation?: AttestationKind;
  /** The statements of `compound`. Default `packed` and `apple`. */
  statements?: readonly SingleAttestation[];
  /** The authority behind the certificates; a fresh one by default, see `authenticator.ca`. */
  ca?: AttestationIssuer;
  /** How attestation `tpm` differs from what it should be. */
  tpm?: TpmProfile;
  /** How attestation `android-key` differs from what it should be. */
  androidKey?: AndroidKeyProfile;
}

const NO_MODEL = '00000000-0000-0000-0000-000000000000';

/** The software authenticator, with a maker that vouches for it in every way WebAuthn knows. */
export class SoftAuthenticator extends PlainAuthenticator {
  /** The authority behind attestation certificates; its certificate is what a relying party has to trust. */
  readonly ca: AttestationIssuer;

  constructor({ ca = new TestAttestationCa(), ...options }: SoftAuthenticatorOptions = {}) {
    const { attestation = 'none', statements = ['packed', 'apple'], tpm = {}, androidKey = {}, ...plain } = options;
    const maker = { ca, aaguid: aaguidBytes(plain.aaguid ?? NO_MODEL), tpm, androidKey };
    super({ ...plain, attestor: attestorOf(attestation, maker, statements) });
    this.ca = ca;
  }
}
