import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Attestor, CborValue } from '@countersign/authenticator';
import type { Maker } from './attestation.js';
import type { CertificateExtension, KeyPair, LeafProfile } from './attestation-ca.js';
import { explicit, oid, sequence, set, text } from './der.js';
import { certInfo, publicArea, type CertInfoFields, type PublicAreaFields } from './tpm-structures.js';

/** COSE algorithms the attestation key can sign its statement with; -65535 is RSA with SHA-1. */
export type TpmAlgorithm = -7 | -257 | -65535;

/** How the TPM answers; left out is as it should be. */
export interface TpmProfile {
  /** Default -7. */
  algorithm?: TpmAlgorithm;
  /** Fields of the public area; its name follows what they are. */
  pubArea?: PublicAreaFields;
  certInfo?: CertInfoFields;
  /** What the attestation key's certificate says differently. */
  aik?: LeafProfile;
}

const HASHES = { [-7]: 'sha256', [-257]: 'sha256', [-65535]: 'sha1' } as const;

/**
 * A subject alternative name with a TPM's maker, model and version, each `[type, value]`, in the order given.
 * @param together in one relative name instead of one each
 */
export function tpmName(parts: readonly [type: string, value: string][], together = false): Buffer {
  const attributes = parts.map(([type, value]) => sequence(oid(type), text(value)));
  const names = together ? [set(...attributes)] : attributes.map((attribute) => set(attribute));
  return sequence(explicit(4, sequence(...names)));
}

export const TPM_NAME: readonly [type: string, value: string][] = [
  ['2.23.133.2.1', 'id:494E5443'],
  ['2.23.133.2.2', 'ICL'],
  ['2.23.133.2.3', 'id:00020000'],
];
export const AIK_EXTENSIONS: CertificateExtension[] = [
  { id: '2.5.29.17', critical: true, value: tpmName(TPM_NAME) },
  { id: '2.5.29.37', value: sequence(oid('2.23.133.8.3')) },
];

let rsa: KeyPair | undefined;
/** One RSA key for all attestation keys of a process: making one takes longer than everything else here. */
const rsaKeys = (): KeyPair => (rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

/** The TPM certifies the credential's key with a fresh attestation key (WebAuthn L3 §8.3). */
export function attestTpm({ ca, tpm = {} }: Maker): Attestor {
  const { algorithm = -7 } = tpm;
  const keys = algorithm === -7 ? {} : { keys: rsaKeys() };
  const aik = ca.issue({ subject: {}, extensions: AIK_EXTENSIONS, ...keys, ...tpm.aik });
  return ({ key, signed, spoil }) => {
    const area = publicArea(key.publicKey, tpm.pubArea);
    const extraData = createHash(HASHES[algorithm]).update(signed).digest();
    const info = certInfo({ extraData, name: area.name, ...tpm.certInfo });
    return {
      fmt: 'tpm',
      attStmt: new Map<string, CborValue>([
        ['alg', algorithm],
        ['sig', spoil(new Uint8Array(sign(HASHES[algorithm], info, aik.privateKey)))],
        ['ver', '2.0'],
        ['x5c', [aik.certificate]],
        ['pubArea', area.bytes],
        ['certInfo', info],
      ]),
    };
  };
}
