import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, bool, explicit, integer, octets, oid, sequence, set, text, time } from './der.js';

const AAGUID_EXTENSION = '1.3.6.1.4.1.45724.1.1.4';
const NAME_OIDS = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  title: '2.5.4.12',
} as const;
const ECDSA_WITH = { sha1: sequence(oid('1.2.840.10045.4.1')), sha256: sequence(oid('1.2.840.10045.4.3.2')) };

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A further extension of a certificate; `value` is what goes into its OCTET STRING. */
export interface CertificateExtension {
  id: string;
  /** `written` says that it is not, in as many words, which DER forbids. */
  critical?: boolean | 'written';
  value: Uint8Array;
}

export type Subject = Partial<Record<keyof typeof NAME_OIDS, string>>;

/** What a leaf says; the defaults are what WebAuthn L3 §8.2.1 asks of a packed attestation certificate. */
export interface LeafProfile {
  subject?: Subject;
  /** X.509 version; 1 and 2 carry no extensions. */
  version?: 1 | 2 | 3;
  /** Extensions in whatever version, which RFC 5280 §4.1.2.9 forbids and parsers read all the same. */
  misplaced?: boolean;
  ca?: boolean;
  /** False leaves the basic constraints out. */
  constraints?: boolean;
  /** Value of the aaguid extension; left out when undefined. */
  aaguid?: Uint8Array;
  aaguidCritical?: boolean;
  notBefore?: Date;
  notAfter?: Date;
  /** Beside basic constraints and aaguid. */
  extensions?: CertificateExtension[];
  /** Magnitude of the serial number; random by default. */
  serial?: Uint8Array;
  /** What the certificate is for; a fresh P-256 key by default. */
  keys?: KeyPair;
  /** First octet of the key usage: 0x80 digitalSignature, 0x04 keyCertSign. Left out when undefined. */
  keyUsage?: number;
  /** Authorities that may follow below this one. */
  pathLength?: number;
  /** What the issuer signs with. Default SHA-256. */
  hash?: keyof typeof ECDSA_WITH;
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

const extension = (id: string, critical: boolean | 'written', value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [bool(critical === true)] : []), octets(value));

const constraintsOf = ({ ca = false, pathLength }: LeafProfile): Buffer =>
  sequence(...(ca ? [bool(true)] : []), ...(pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))]));

function extensionsOf(profile: LeafProfile): Buffer[] {
  const { version = 3, misplaced = false, constraints = true, keyUsage, extensions = [] } = profile;
  const { aaguid, aaguidCritical = false } = profile;
  if (version !== 3 && !misplaced) return [];
  const list = constraints ? [extension('2.5.29.19', true, constraintsOf(profile))] : [];
  if (aaguid) list.push(extension(AAGUID_EXTENSION, aaguidCritical, octets(aaguid)));
  if (keyUsage !== undefined) list.push(extension('2.5.29.15', true, bits(Buffer.from([keyUsage]))));
  list.push(...extensions.map(({ id, critical = false, value }) => extension(id, critical, value)));
  return [explicit(3, sequence(...list))];
}

interface Signer {
  name: Buffer;
  privateKey: KeyObject;
}

function certify(profile: LeafProfile, publicKey: KeyObject, issuer: Signer): Uint8Array<ArrayBuffer> {
  const { version = 3, subject = LEAF_SUBJECT, notBefore = FROM, notAfter = UNTIL, hash = 'sha256' } = profile;
  const { serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]) } = profile;
  const tbs = sequence(
    ...(version === 1 ? [] : [explicit(0, integer(Buffer.from([version - 1])))]),
    integer(serial),
    ECDSA_WITH[hash],
    issuer.name,
    sequence(time(notBefore), time(notAfter)),
    nameOf(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...extensionsOf(profile),
  );
  return new Uint8Array(sequence(tbs, ECDSA_WITH[hash], bits(sign(hash, tbs, issuer.privateKey))));
}

const p256 = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A certification authority for attestation certificates, made on the spot; its `certificate` is the trust anchor. */
export class TestAttestationCa {
  /** The anchor, DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  private readonly keys = p256();
  private readonly subject: Subject;
  private readonly signer: Signer;

  /**
   * @param issuedBy makes this an intermediate authority
   * @param profile what the authority's own certificate says beside its name
   */
  constructor(
    name = 'Countersign Test Attestation CA',
    private readonly issuedBy?: TestAttestationCa,
    private readonly profile: LeafProfile = {},
  ) {
    this.subject = profile.subject ?? { C: 'CH', O: 'Countersign Test', CN: name };
    this.signer = { name: nameOf(this.subject), privateKey: this.keys.privateKey };
    this.certificate = this.renewed({});
  }

  /** Another certificate for the same name and key, DER: new serial number, and whatever `changes` says. */
  renewed(changes: LeafProfile): Uint8Array<ArrayBuffer> {
    const profile = { subject: this.subject, ca: true, ...this.profile, ...changes };
    return certify(profile, this.keys.publicKey, this.issuedBy?.signer ?? this.signer);
  }

  /** A certificate for the profile's key, or for a fresh P-256 pair. */
  issue(profile: LeafProfile = {}): IssuedCertificate {
    const { privateKey, publicKey } = profile.keys ?? p256();
    return { certificate: certify(profile, publicKey, this.signer), privateKey };
  }
}
