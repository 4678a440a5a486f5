import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, bool, explicit, integer, octets, oid, sequence, set, text, time } from './der.js';

const AAGUID_EXTENSION = '1.3.6.1.4.1.45724.1.1.4';
const NAME_OIDS = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export type Subject = Partial<Record<keyof typeof NAME_OIDS, string>>;

/** What a leaf says; the defaults are what WebAuthn L3 §8.2.1 asks of a packed attestation certificate. */
export interface LeafProfile {
  subject?: Subject;
  /** X.509 version, 1 or 3. Version 1 carries no extensions. */
  version?: 1 | 3;
  ca?: boolean;
  /** Value of the aaguid extension; left out when undefined. */
  aaguid?: Uint8Array;
  aaguidCritical?: boolean;
  notBefore?: Date;
  notAfter?: Date;
}

export interface IssuedCertificate {
  /** DER. */
  certificate: Uint8Array<ArrayBuffer>;
  privateKey: KeyObject;
}

const LEAF_SUBJECT: Subject = {
  C: 'CH',
  O: 'Countersign Test',
  OU: 'Authenticator Attestation',
  CN: 'Soft authenticator',
};
const FROM = new Date('2020-01-01T00:00:00Z');
const UNTIL = new Date('2120-01-01T00:00:00Z');

const nameOf = (subject: Subject): Buffer =>
  sequence(
    ...(Object.keys(NAME_OIDS) as (keyof typeof NAME_OIDS)[])
      .filter((part) => subject[part] !== undefined)
      .map((part) => set(sequence(oid(NAME_OIDS[part]), text(subject[part] ?? '')))),
  );

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [bool(true)] : []), octets(value));

function extensionsOf({ version = 3, ca = false, aaguid, aaguidCritical = false }: LeafProfile): Buffer[] {
  if (version === 1) return [];
  const list = [extension('2.5.29.19', true, ca ? sequence(bool(true)) : sequence())];
  if (aaguid) list.push(extension(AAGUID_EXTENSION, aaguidCritical, octets(aaguid)));
  return [explicit(3, sequence(...list))];
}

interface Signer {
  name: Buffer;
  privateKey: KeyObject;
}

function certify(profile: LeafProfile, publicKey: KeyObject, issuer: Signer): Uint8Array<ArrayBuffer> {
  const { version = 3, subject = LEAF_SUBJECT, notBefore = FROM, notAfter = UNTIL } = profile;
  const tbs = sequence(
    ...(version === 3 ? [explicit(0, integer(Buffer.from([2])))] : []),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    issuer.name,
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...extensionsOf(profile),
  );
  return new Uint8Array(sequence(tbs, ECDSA_SHA256, bits(sign('sha256', tbs, issuer.privateKey))));
}

const p256 = (): { privateKey: KeyObject; publicKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A certification authority for attestation certificates, made on the spot; its `certificate` is the trust anchor. */
export class TestAttestationCa {
  /** The anchor, DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  private readonly signer: Signer;

  /** @param issuedBy makes this an intermediate authority */
  constructor(name = 'Countersign Test Attestation CA', issuedBy?: TestAttestationCa) {
    const { privateKey, publicKey } = p256();
    const subject = { C: 'CH', O: 'Countersign Test', CN: name };
    this.signer = { name: nameOf(subject), privateKey };
    this.certificate = certify({ subject, ca: true }, publicKey, issuedBy?.signer ?? this.signer);
  }

  /** A fresh P-256 key with a certificate for it. */
  issue(profile: LeafProfile = {}): IssuedCertificate {
    const { privateKey, publicKey } = p256();
    return { certificate: certify(profile, publicKey, this.signer), privateKey };
  }
}
