import { randomBytes } from 'node:crypto';
import { sha256, toBase64Url } from '@countersign/kernel';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { noAttestation, type Attestor } from './attestor.js';
import { authenticatorData, FLAGS } from './authenticator-data.js';
import { encodeCbor, type CborValue } from './cbor.js';
import {
  clientDataJson,
  credentialEnvelope,
  type AlterAssertion,
  type AlterCeremony,
  type AlterRegistration,
  type Ceremony,
} from './ceremony.js';
import { newCredentialKey, signWith, type CredentialKey, type SoftAlgorithm } from './credential-key.js';

export interface SoftAuthenticatorOptions {
  /** Model id as UUID; all zeros by default. */
  aaguid?: string;
  /** Credentials can be found without their id (passkeys). Default true. */
  residentKeys?: boolean;
  /** Whether it can tell who touches it; without it the UV flag stays 0 even when asked for. Default true. */
  userVerification?: boolean;
  /** `zero` like synced passkeys (default), or one up with every ceremony of a credential. */
  counter?: 'zero' | 'increment';
  backupEligible?: boolean;
  backupState?: boolean;
  /** How it vouches for new credentials. Default: not at all. */
  attestor?: Attestor;
  /** Used whatever was offered; by default the first offered one it knows. */
  algorithm?: SoftAlgorithm;
}

interface StoredCredential {
  id: Uint8Array<ArrayBuffer>;
  rpId: string;
  userHandle: string;
  key: CredentialKey;
  counter: number;
}

type Settings = Required<Omit<SoftAuthenticatorOptions, 'algorithm'>> & Pick<SoftAuthenticatorOptions, 'algorithm'>;

const DEFAULTS: Settings = {
  aaguid: '00000000-0000-0000-0000-000000000000',
  residentKeys: true,
  userVerification: true,
  counter: 'zero',
  backupEligible: false,
  backupState: false,
  attestor: noAttestation,
};

const KNOWN: readonly SoftAlgorithm[] = [-7, -8, -257];
const same = <T>(value: T): T => value;

/** What a browser's promise would be rejected with, e.g. `InvalidStateError`. */
const domError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** The 16 bytes of a model id that is written as a UUID. */
export const aaguidBytes = (uuid: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));

/**
 * A WebAuthn authenticator and its browser in one, without hardware and without waiting: takes the options in their
 * JSON form, answers in the form of `PublicKeyCredential.toJSON()` (WebAuthn L3 §5.1, §6.3). Synchronous.
 * With `alter` it answers wrongly in one chosen place.
 */
export class SoftAuthenticator {
  private readonly settings: Settings;
  private readonly credentials = new Map<string, StoredCredential>();

  constructor(options: SoftAuthenticatorOptions = {}) {
    this.settings = { ...DEFAULTS, ...options };
  }

  /** `navigator.credentials.create()`. Throws `InvalidStateError` for an excluded credential, `NotSupportedError` for unknown algorithms. */
  register(
    options: PublicKeyCredentialCreationOptionsJSON,
    ceremony: Ceremony<AlterRegistration>,
  ): RegistrationResponseJSON {
    if (options.excludeCredentials?.some(({ id }) => this.credentials.has(id)))
      throw domError('InvalidStateError', 'this authenticator already holds a credential of this user');
    const alter = ceremony.alter ?? {};
    const credential = this.create(options, ceremony.origin);
    const clientData = clientDataJson('webauthn.create', options.challenge, ceremony);
    const authData = this.attestedData(credential, alter);
    const object = encodeCbor(
      new Map<string, CborValue>([
        ...this.attest(credential, { authData, clientDataHash: sha256(clientData) }, alter),
        ['authData', authData],
      ]),
    );
    return (alter.response ?? same)({
      ...credentialEnvelope(credential.id),
      response: {
        clientDataJSON: toBase64Url(clientData),
        attestationObject: toBase64Url(alter.attestationObject?.(object) ?? object),
        authenticatorData: toBase64Url(authData),
        transports: ['internal'],
        publicKey: toBase64Url(credential.key.publicKey.export({ format: 'der', type: 'spki' })),
        publicKeyAlgorithm: credential.key.algorithm,
      },
      clientExtensionResults: {},
    });
  }

  /** `navigator.credentials.get()`. Throws `NotAllowedError` when it holds no credential that was asked for. */
  authenticate(
    options: PublicKeyCredentialRequestOptionsJSON,
    ceremony: Ceremony<AlterAssertion>,
  ): AuthenticationResponseJSON {
    const alter = ceremony.alter ?? {};
    const credential = this.find(options, ceremony.origin);
    const clientData = clientDataJson('webauthn.get', options.challenge, ceremony);
    const plain = authenticatorData({
      rpId: credential.rpId,
      flags: this.flags(0, alter),
      counter: this.count(credential, alter),
    });
    const authData = alter.authData?.(plain) ?? plain;
    const { privateKey, algorithm } = credential.key;
    const signature = signWith(privateKey, algorithm, Buffer.concat([authData, sha256(clientData)]));
    return (alter.response ?? same)({
      ...credentialEnvelope(credential.id),
      response: {
        clientDataJSON: toBase64Url(clientData),
        authenticatorData: toBase64Url(authData),
        signature: toBase64Url(alter.signature?.(signature) ?? signature),
        ...(this.settings.residentKeys ? { userHandle: credential.userHandle } : {}),
      },
      clientExtensionResults: {},
    });
  }

  /** Sets the counter a credential has reached; the next assertion is one above it if the authenticator counts. */
  setCounter(credentialId: string, counter: number): void {
    const credential = this.credentials.get(credentialId);
    if (!credential) throw domError('NotFoundError', 'this authenticator does not hold that credential');
    credential.counter = counter;
  }

  /** Forgets a credential, as a person may do in the settings of a device. */
  forget(credentialId: string): void {
    this.credentials.delete(credentialId);
  }

  private algorithmFor({ pubKeyCredParams }: PublicKeyCredentialCreationOptionsJSON): SoftAlgorithm {
    const offered = pubKeyCredParams
      .map(({ alg }) => KNOWN.find((known) => known === alg))
      .find((alg) => alg !== undefined);
    const algorithm = this.settings.algorithm ?? offered;
    if (algorithm === undefined) throw domError('NotSupportedError', 'no offered algorithm is known');
    return algorithm;
  }

  private create(options: PublicKeyCredentialCreationOptionsJSON, origin: string): StoredCredential {
    const credential: StoredCredential = {
      id: new Uint8Array(randomBytes(32)),
      rpId: options.rp.id ?? new URL(origin).hostname,
      userHandle: options.user.id,
      key: newCredentialKey(this.algorithmFor(options)),
      counter: 0,
    };
    this.credentials.set(toBase64Url(credential.id), credential);
    return credential;
  }

  private attestedData(credential: StoredCredential, alter: AlterRegistration): Uint8Array<ArrayBuffer> {
    const { id: credentialId, key, rpId } = credential;
    const plain = authenticatorData({
      rpId,
      flags: this.flags(FLAGS.AT, alter),
      counter: this.count(credential, alter),
      attested: {
        aaguid: aaguidBytes(this.settings.aaguid),
        credentialId,
        coseKey: alter.coseKey?.(key.coseKey) ?? key.coseKey,
      },
    });
    return alter.authData?.(plain) ?? plain;
  }

  private attest(
    { id: credentialId, key, rpId }: StoredCredential,
    { authData, clientDataHash }: { authData: Uint8Array; clientDataHash: Uint8Array },
    alter: AlterRegistration,
  ): [string, CborValue][] {
    const signed = Buffer.concat([authData, clientDataHash]);
    const spoil = alter.signature ?? same;
    const { fmt, attStmt } = this.settings.attestor({
      key,
      credentialId,
      rpIdHash: sha256(rpId),
      clientDataHash,
      signed,
      spoil,
    });
    const altered = attStmt instanceof Map ? alter.attestationStatement?.(attStmt) : alter.statements?.(attStmt);
    return [
      ['fmt', fmt],
      ['attStmt', altered ?? attStmt],
    ];
  }

  private find(options: PublicKeyCredentialRequestOptionsJSON, origin: string): StoredCredential {
    const rpId = options.rpId ?? new URL(origin).hostname;
    const listed = options.allowCredentials ?? [];
    const candidates =
      listed.length > 0
        ? listed.map(({ id }) => this.credentials.get(id))
        : this.settings.residentKeys
          ? [...this.credentials.values()].reverse()
          : [];
    const found = candidates.find((candidate) => candidate?.rpId === rpId);
    if (!found) throw domError('NotAllowedError', 'no credential here answers this request');
    return found;
  }

  private flags(extra: number, alter: AlterCeremony): number {
    const { userVerification, backupEligible, backupState } = this.settings;
    const flags =
      FLAGS.UP |
      extra |
      (userVerification ? FLAGS.UV : 0) |
      (backupEligible ? FLAGS.BE : 0) |
      (backupState ? FLAGS.BS : 0);
    return alter.flags?.(flags) ?? flags;
  }

  private count(credential: StoredCredential, alter: AlterCeremony): number {
    if (alter.counter !== undefined) return alter.counter;
    if (this.settings.counter === 'increment') credential.counter += 1;
    return credential.counter;
  }
}
