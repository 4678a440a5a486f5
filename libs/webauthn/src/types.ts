import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Refused } from './malformed.js';

export type { Refused };
export type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

export type UserVerification = 'required' | 'preferred';

/** How well a new credential is vouched for, weakest first. */
export type AttestationTrust = 'none' | 'self' | 'anchored';

/** Where a key lives, in the words of the FIDO Registry of Predefined Values §3.2. */
export type KeyProtection = 'software' | 'hardware' | 'tee' | 'secure_element' | 'remote_handle';

/** Statuses of revoked Android attestation certificates by serial number, as `readRevocationList` returns them. */
export type RevocationList = ReadonlyMap<string, string> | 'unreadable';

/** What the trust in a credential rests on: kept with it, so that it can be judged again (WebAuthn L3 §13.4.5). */
export interface TrustPath {
  /** Of the statement. */
  format: string;
  /** Tells the anchor from others: a hash of its name, key and path length, or of the leaf that is an anchor itself. */
  anchor: string;
  /** As presented, leaf first: serial number, hex in lower case without leading zeros, and SHA-256 of the key, base64url. */
  certificates: { serial: string; key: string }[];
}

/** What the relying party knows and the client does not decide. */
export interface Expected {
  /** As it was issued, base64url without padding. */
  challenge: string;
  /** Compared exactly; `https://…` or `android:apk-key-hash:…`. */
  origins: readonly string[];
  /** Outermost origins that may frame the page. Empty: no framing. */
  topOrigins: readonly string[];
  /**
   * Whether a frame whose top origin the browser does not name passes where framing is expected, as the standard's
   * letter has it. Default false: what is not named cannot be compared (R11).
   */
  unnamedFrames?: boolean;
  rpId: string;
  userVerification: UserVerification;
  /** COSE algorithms that are accepted. */
  algorithms: readonly number[];
}

export interface AttestationPolicy {
  /** Accepted levels; a better one than listed is accepted too. */
  accept: readonly AttestationTrust[];
  /** DER certificates, authorities or single authenticators. Their own expiry is not looked at (RFC 5280 §6.1.1 d). */
  anchors: readonly Uint8Array[];
  /** Further ones by the format whose statements alone they vouch for; DER. */
  anchorsByFormat?: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Further ones that vouch for the claimed model and for no other, and so for the claim; DER. */
  modelAnchors?: readonly Uint8Array[];
  /** Judges every certificate of an `android-key` chain; `unreadable` revokes all. Absent: nothing is judged. */
  revoked?: RevocationList;
  /** Whether a TPM may sign its statement with RSA and SHA-1 (RS1, -65535). Credentials never may. Default false. */
  sha1Statements?: boolean;
  /**
   * Also the rules that FIDO, Google and banks add to the standard's, per format: docs/protocols/attestation.md.
   * Default true; false verifies by the standard's letter.
   */
  strict?: boolean;
  /** How many statements of a `compound` attestation must verify and be accepted, at least 1. Default: all of them. */
  compound?: 'all' | number;
  /**
   * What certificates that lead to no anchor are worth: `none`, as if they had been left out, which anybody can do; or
   * a refusal. Default `none`.
   */
  untrusted?: 'none' | 'refuse';
  /** Models (AAGUID, UUID text in lower case) whose serial numbers were asked for and are told. Default: none. */
  enterprise?: readonly string[];
}

export interface RegistrationInput extends Expected {
  /** From outside; nothing about its shape is believed. */
  response: RegistrationResponseJSON;
  attestation: AttestationPolicy;
  /** For the validity of attestation certificates. */
  now: Date;
}

/** What to store of a new credential (WebAuthn L3 §4, credential record). */
export interface RegisteredCredential {
  /** base64url */
  id: string;
  /** COSE_Key bytes. */
  publicKey: Uint8Array;
  /** COSE algorithm identifier. */
  algorithm: number;
  counter: number;
  /** UUID text. */
  aaguid: string;
  backupEligible: boolean;
  backupState: boolean;
  userVerified: boolean;
  transports: string[];
  attestationFormat: string;
  attestationTrust: AttestationTrust;
  /** Whether what an anchor vouches for includes the model; else `aaguid` is what the client's side says. */
  modelCertified?: true;
  /** What trust rests on; only where it is `anchored`. Of a compound statement one each that is. */
  trustPaths?: TrustPath[];
  /** Where the key lives; only where an anchor vouches for whoever says so. */
  keyProtection?: readonly KeyProtection[];
  /** Hex; names one device in the world. Only of models that policy lists, where an anchor vouches for it (§8.2.2). */
  serialNumber?: string;
}

export type RegistrationResult = { ok: true; credential: RegisteredCredential } | Refused;

/** A stored credential, as far as an assertion is judged by it. */
export interface StoredCredential {
  /** base64url */
  id: string;
  /** COSE_Key bytes as `verifyRegistration` returned them. */
  publicKey: Uint8Array;
  counter: number;
  backupEligible: boolean;
  backupState: boolean;
  /** base64url; needed where the ceremony named no credentials. */
  userHandle?: string;
}

export interface AuthenticationInput extends Expected {
  /** From outside; nothing about its shape is believed. */
  response: AuthenticationResponseJSON;
  credential: StoredCredential;
  /** The ids that were named in the options, base64url; empty when none were. */
  allowCredentials: readonly string[];
}

/**
 * `replayed`: the signature verified and the counter did not move (R2). The caller decides what follows;
 * it must not store a lower counter.
 */
export type CounterVerdict = 'advanced' | 'zero' | 'replayed';

export interface Authenticated {
  ok: true;
  /** As asserted. */
  counter: number;
  backupState: boolean;
  userVerified: boolean;
  counterVerdict: CounterVerdict;
}

export type AuthenticationResult = Authenticated | Refused;
