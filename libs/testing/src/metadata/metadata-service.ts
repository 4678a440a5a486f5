import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, bool, explicit, integer, octets, oid, sequence, set, text, time, tlv } from '../authenticator/der.js';

type Bytes = Uint8Array<ArrayBuffer>;
type KeyKind = 'ec' | 'rsa';

/** What a certificate of the test service says; the defaults are those of a working one. */
export interface MetadataCertificate {
  commonName?: string;
  /** Subject alternative name; none for authorities. */
  dnsName?: string;
  ca?: boolean;
  pathLength?: number;
  notBefore?: Date;
  notAfter?: Date;
  key?: KeyKind;
  /** What its key may sign; default: there is no such extension. */
  usage?: 'certificates' | 'certificates-and-lists';
  /** Where its issuer's revocation list is published. */
  crlUrl?: string;
}

export const METADATA_ALGORITHMS = {
  ec: sequence(oid('1.2.840.10045.4.3.2')),
  rsa: sequence(oid('1.2.840.113549.1.1.11'), tlv(0x05)),
} as const;

const keyPair = (kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } =>
  kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });

const nameOf = (commonName: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), text(commonName))));
export const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [bool(true)] : []), octets(value));

const uri = (text: string): Buffer => tlv(0x86, Buffer.from(text));
/** One distribution point with its full name (RFC 5280 §4.2.1.13). */
const pointOf = (url: string): Buffer => sequence(sequence(explicit(0, explicit(0, uri(url)))));
/** Bits of the key usage, most significant first: keyCertSign is the sixth, cRLSign the seventh. */
const USAGES = { certificates: [2, 0b100], 'certificates-and-lists': [1, 0b110] } as const;

function extensionsOf({ ca = false, pathLength, dnsName, usage, crlUrl }: MetadataCertificate): Buffer[] {
  const length = pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))];
  const constraints = ca ? sequence(bool(true), ...length) : sequence();
  const names = dnsName === undefined ? [] : [extension('2.5.29.17', false, sequence(tlv(0x82, Buffer.from(dnsName))))];
  const points = crlUrl === undefined ? [] : [extension('2.5.29.31', false, pointOf(crlUrl))];
  const uses = usage ? [extension('2.5.29.15', true, tlv(0x03, Buffer.from(USAGES[usage])))] : [];
  return [extension('2.5.29.19', true, constraints), ...names, ...points, ...uses];
}

/** A certificate with its key, able to issue further ones. */
export class MetadataIssuer {
  readonly certificate: Bytes;
  readonly privateKey: KeyObject;
  readonly kind: KeyKind;
  /** DER. */
  readonly name: Buffer;
  /** Most significant octet first. */
  readonly serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);

  constructor(profile: MetadataCertificate = {}, issuer?: MetadataIssuer) {
    const { commonName = `Test metadata ${randomBytes(4).toString('hex')}`, key = 'ec' } = profile;
    const { privateKey, publicKey } = keyPair(key);
    this.kind = key;
    this.privateKey = privateKey;
    this.name = nameOf(commonName);
    const signer = issuer ?? this;
    const tbs = sequence(
      explicit(0, integer(Buffer.from([2]))),
      integer(this.serial),
      METADATA_ALGORITHMS[signer.kind],
      signer.name,
      sequence(time(profile.notBefore ?? new Date('2020-01-01')), time(profile.notAfter ?? new Date('2120-01-01'))),
      this.name,
      publicKey.export({ format: 'der', type: 'spki' }),
      explicit(3, sequence(...extensionsOf(profile))),
    );
    const signature = sign('sha256', tbs, signer.privateKey);
    this.certificate = new Uint8Array(sequence(tbs, METADATA_ALGORITHMS[signer.kind], bits(signature)));
  }

  issue(profile: MetadataCertificate): MetadataIssuer {
    return new MetadataIssuer(profile, this);
  }

  get pem(): string {
    const lines = Buffer.from(this.certificate).toString('base64').replace(/.{64}/g, '$&\n');
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

/** DNS name that the test service signs under. */
export const METADATA_SIGNER = 'mds.fidoalliance.org';

/** One model in a test BLOB. */
export interface TestMetadataEntry {
  aaguid?: string;
  keyIdentifiers?: string[];
  /** A status, or one with the day it takes effect. Default `FIDO_CERTIFIED_L1`. */
  statuses?: (string | { status: string; effectiveDate: string })[];
  /** DER. */
  roots?: Uint8Array[];
  /** Default `basic_full`. */
  attestationTypes?: string[];
  /** Default ES256. */
  algorithms?: string[];
}

/** The payload of a BLOB in FIDO's form. */
export const metadataPayload = (no: number, entries: TestMetadataEntry[], nextUpdate = '2099-12-31') => ({
  legalHeader: 'test',
  no,
  nextUpdate,
  entries: entries.map((entry) => ({
    ...(entry.aaguid ? { aaguid: entry.aaguid } : {}),
    ...(entry.keyIdentifiers ? { attestationCertificateKeyIdentifiers: entry.keyIdentifiers } : {}),
    metadataStatement: {
      description: 'A model of the test service',
      protocolFamily: 'fido2',
      attestationTypes: entry.attestationTypes ?? ['basic_full'],
      authenticationAlgorithms: entry.algorithms ?? ['secp256r1_ecdsa_sha256_raw'],
      attestationRootCertificates: (entry.roots ?? []).map((der) => Buffer.from(der).toString('base64')),
    },
    statusReports: (entry.statuses ?? ['FIDO_CERTIFIED_L1']).map((status) =>
      typeof status === 'string' ? { status } : status,
    ),
    timeOfLastStatusChange: '2026-01-01',
  })),
});

/** Signs a payload as a metadata service does: JWS compact, certificates in `x5c`. */
export function signBlob(
  payload: unknown,
  signer: MetadataIssuer,
  chain: readonly MetadataIssuer[] = [],
  header: Record<string, unknown> = {},
): string {
  const x5c = [signer, ...chain].map(({ certificate }) => Buffer.from(certificate).toString('base64'));
  const alg = signer.kind === 'rsa' ? 'RS256' : 'ES256';
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg, typ: 'JWT', x5c, ...header })}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** A metadata service: a root, an intermediate authority and a signer, all made on the spot. */
export class TestMetadataService {
  readonly root: MetadataIssuer;
  readonly intermediate: MetadataIssuer;
  readonly signer: MetadataIssuer;

  /** @param crls where the lists `root.crl` and `intermediate.crl` are published; default: nowhere */
  constructor(rootKey: KeyKind = 'rsa', signerKey: KeyKind = 'rsa', crls?: string) {
    const at = (name: string) => (crls === undefined ? {} : { crlUrl: `${crls}/${name}.crl` });
    this.root = new MetadataIssuer({ ca: true, key: rootKey });
    this.intermediate = this.root.issue({ ca: true, pathLength: 0, ...at('root') });
    this.signer = this.intermediate.issue({ dnsName: METADATA_SIGNER, key: signerKey, ...at('intermediate') });
  }

  /** A BLOB as the service publishes it, without its root. */
  blob(no: number, entries: TestMetadataEntry[], nextUpdate?: string): string {
    return signBlob(metadataPayload(no, entries, nextUpdate), this.signer, [this.intermediate]);
  }
}
