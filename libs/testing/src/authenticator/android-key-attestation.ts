import { signWith, type Attestor, type CborValue } from '@countersign/authenticator';
import type { Maker } from './attestation.js';
import type { LeafProfile } from './attestation-ca.js';
import { bool, enumerated, explicit, integer, nothing, octets, sequence, set } from './der.js';

/** Extension of Android key attestation (WebAuthn L3 §8.4.1). */
export const KEY_DESCRIPTION = '1.3.6.1.4.1.11129.2.1.17';

/** How the Android device answers; left out is as it should be. */
export interface AndroidKeyProfile {
  /** Default 300. */
  version?: number;
  /** 0 software, 1 trusted environment (default), 2 StrongBox. */
  attestationLevel?: number;
  keyMintLevel?: number;
  /** Default: the hash of the client data. */
  challenge?: Uint8Array;
  softwareEnforced?: Uint8Array[];
  teeEnforced?: Uint8Array[];
  /** Elements after the eight of the key description. */
  further?: Uint8Array[];
  /** Octets in place of the key description. */
  description?: Uint8Array;
  /** What the leaf says differently. */
  leaf?: LeafProfile;
}

const small = (value: number): Buffer =>
  integer(Buffer.from(value.toString(16).padStart(value < 256 ? 2 : 4, '0'), 'hex'));

/** Entries of an authorization list. */
export const authorization = {
  purposes: (...values: number[]): Buffer => explicit(1, set(...values.map(small))),
  origin: (value: number): Buffer => explicit(702, small(value)),
  allApplications: (): Buffer => explicit(600, nothing()),
  /** Any other tag, with a value nobody here knows. */
  other: (tag: number): Buffer => explicit(tag, octets(Buffer.from('abc'))),
};

const { purposes, origin, other } = authorization;
/** Key of verified boot, locked, state verified, hash. */
const rootOfTrust = explicit(
  704,
  sequence(octets(new Uint8Array(32)), bool(true), enumerated(0), octets(new Uint8Array(32))),
);
/** A key made in the device to sign with, and application id and module hash, which stand in real ones. */
const TEE = [purposes(2), origin(0), rootOfTrust];
const SOFTWARE = [other(709), other(724)];

/** The key description (version, levels, challenge, unique id, both lists), DER. */
export function keyDescription(clientDataHash: Uint8Array, profile: AndroidKeyProfile = {}): Buffer {
  const { version = 300, attestationLevel = 1, keyMintLevel = attestationLevel, further = [] } = profile;
  const { challenge = clientDataHash, softwareEnforced = SOFTWARE, teeEnforced = TEE } = profile;
  return sequence(
    small(version),
    enumerated(attestationLevel),
    small(version),
    enumerated(keyMintLevel),
    octets(challenge),
    octets(new Uint8Array()),
    sequence(...softwareEnforced),
    sequence(...teeEnforced),
    ...further,
  );
}

/** A certificate for the credential's own key that describes it (WebAuthn L3 §8.4). */
export function attestAndroidKey({ ca, androidKey = {} }: Maker): Attestor {
  return ({ key, signed, clientDataHash, spoil }) => {
    const value = androidKey.description ?? keyDescription(clientDataHash, androidKey);
    const extensions = [{ id: KEY_DESCRIPTION, value }];
    const leaf = ca.issue({ subject: { CN: 'Android Keystore Key' }, extensions, keys: key, ...androidKey.leaf });
    return {
      fmt: 'android-key',
      attStmt: new Map<string, CborValue>([
        ['alg', key.algorithm],
        ['sig', spoil(signWith(key.privateKey, key.algorithm, signed))],
        ['x5c', [leaf.certificate]],
      ]),
    };
  };
}
