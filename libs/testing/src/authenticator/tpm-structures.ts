import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { fromBase64Url } from '@countersign/kernel';

/** Fields of a TPMT_PUBLIC (TPM 2.0 Library, Part 2, 12.2.4) that a test may set. */
export interface PublicAreaFields {
  type?: number;
  /** 0x0004 SHA-1, 0x000b SHA-256 (default), 0x000c SHA-384, 0x000d SHA-512. */
  nameAlg?: number;
  /** Default: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, decrypt, sign, as Windows makes them. */
  attributes?: number;
  authPolicy?: Uint8Array;
  symmetric?: number;
  /** Followed by SHA-256 where it is not TPM_ALG_NULL. */
  scheme?: number;
  keyBits?: number;
  exponent?: number;
  curve?: number;
  kdf?: number;
  /** The key itself: modulus, or both coordinates. */
  unique?: Uint8Array[];
  /** Coordinates without their leading zeros. */
  stripped?: boolean;
  /** Octets after the structure. */
  after?: Uint8Array;
}

/** Fields of a TPMS_ATTEST that certifies a key (Part 2, 10.12.12). */
export interface CertInfoFields {
  magic?: number;
  type?: number;
  extraData?: Uint8Array;
  name?: Uint8Array;
  after?: Uint8Array;
}

const ATTRIBUTES = 0x00060472;
const NULL = 0x0010;
const HASHES = new Map([
  [0x0004, 'sha1'],
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
]);
const CURVES = new Map([
  ['P-256', 0x0003],
  ['P-384', 0x0004],
  ['P-521', 0x0005],
]);

function number(octets: number, value: number): Buffer {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
}

const sized = (bytes: Uint8Array): Buffer => Buffer.concat([number(2, bytes.length), bytes]);
const member = (value: string | undefined): Uint8Array => fromBase64Url(value ?? '') ?? new Uint8Array();
const stripped = (value: Uint8Array): Uint8Array => value.subarray(value.findIndex((octet) => octet !== 0));
const scheme = ({ symmetric = NULL, scheme: chosen = NULL }: PublicAreaFields): Buffer =>
  Buffer.concat([number(2, symmetric), number(2, chosen), ...(chosen === NULL ? [] : [number(2, 0x000b)])]);

function rsaParameters({ n }: JsonWebKey, fields: PublicAreaFields): Buffer {
  const { unique = [member(n)], exponent = 0 } = fields;
  const { keyBits = (unique[0]?.length ?? 0) * 8 } = fields;
  return Buffer.concat([scheme(fields), number(2, keyBits), number(4, exponent), ...unique.map(sized)]);
}

function eccParameters({ crv, x, y }: JsonWebKey, fields: PublicAreaFields): Buffer {
  const point = [member(x), member(y)].map((value) => (fields.stripped ? stripped(value) : value));
  const { curve = CURVES.get(crv ?? '') ?? 0, kdf = NULL, unique = point } = fields;
  return Buffer.concat([scheme(fields), number(2, curve), number(2, kdf), ...unique.map(sized)]);
}

/** The public area of a key, and its Name (Part 1, 16). */
export function publicArea(
  key: KeyObject,
  fields: PublicAreaFields = {},
): { bytes: Uint8Array<ArrayBuffer>; name: Uint8Array } {
  const jwk = key.export({ format: 'jwk' });
  const isRsa = jwk.kty === 'RSA';
  const { type = isRsa ? 0x0001 : 0x0023, nameAlg = 0x000b, attributes = ATTRIBUTES } = fields;
  const bytes = Buffer.concat([
    number(2, type),
    number(2, nameAlg),
    number(4, attributes),
    sized(fields.authPolicy ?? new Uint8Array(32)),
    isRsa ? rsaParameters(jwk, fields) : eccParameters(jwk, fields),
    fields.after ?? new Uint8Array(),
  ]);
  const digest = createHash(HASHES.get(nameAlg) ?? 'sha256')
    .update(bytes)
    .digest();
  return { bytes: new Uint8Array(bytes), name: Buffer.concat([number(2, nameAlg), digest]) };
}

/** What a TPM certifies, ready to be signed. */
export function certInfo(fields: CertInfoFields): Uint8Array<ArrayBuffer> {
  const { magic = 0xff544347, type = 0x8017, extraData = new Uint8Array(), name = new Uint8Array() } = fields;
  const clockAndFirmware = Buffer.alloc(8 + 4 + 4 + 1 + 8);
  return new Uint8Array(
    Buffer.concat([
      number(4, magic),
      number(2, type),
      sized(Buffer.alloc(34, 1)),
      sized(extraData),
      clockAndFirmware,
      sized(name),
      sized(Buffer.alloc(34, 2)),
      fields.after ?? new Uint8Array(),
    ]),
  );
}
