import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyDescription, SoftAuthenticator, type SoftAuthenticatorOptions } from '@countersign/testing';
import { Malformed } from '../malformed.js';
import { parseAttestationObject, type AttestationStatement } from '../parse/attestation-object.js';
import { parseKeyDescription } from './android-key-description.js';
import { readRevocationList } from './android-key-revocation.js';
import { readElements, type DerElement } from './der-reader.js';
import { parseCertInfo } from './tpm-attest.js';
import { parsePubArea } from './tpm-public.js';

function statementOf(options: SoftAuthenticatorOptions): AttestationStatement {
  const { response } = new SoftAuthenticator({ attestation: 'tpm', ...options }).register(
    {
      challenge: 'AAAA',
      rp: { id: 'bank.example', name: 'Bank' },
      user: { id: 'AA', name: 'a', displayName: 'a' },
      pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
    },
    { origin: 'https://bank.example' },
  );
  return parseAttestationObject(response.attestationObject).attStmt as AttestationStatement;
}
const memberOf = (statement: AttestationStatement, name: string): Uint8Array =>
  new Uint8Array(statement.get(name) as Uint8Array);

const ecc = statementOf({ algorithm: -7 });
const [eccArea, certInfo] = [memberOf(ecc, 'pubArea'), memberOf(ecc, 'certInfo')];
const rsaArea = memberOf(statementOf({ algorithm: -257 }), 'pubArea');
const description = new Uint8Array(keyDescription(new Uint8Array(32)));

/** Random bytes, and valid ones with some overwritten, cut, lengthened or with a piece taken out. */
const near = (valid: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(valid.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([at, patch]) => {
      const copy = new Uint8Array(valid);
      copy.set(patch.subarray(0, copy.length - at), at);
      return copy;
    }),
    fc.nat(valid.length).map((length) => valid.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => new Uint8Array([...valid, ...more])),
    fc
      .tuple(fc.nat(valid.length), fc.nat(8))
      .map(([at, length]) => new Uint8Array([...valid.subarray(0, at), ...valid.subarray(at + length)])),
  );

const onlyRefuses = (inputs: fc.Arbitrary<Uint8Array>, parse: (input: Uint8Array) => unknown): void =>
  fc.assert(
    fc.property(inputs, (input) => {
      try {
        parse(input);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }),
    { numRuns: 2000 },
  );

describe('structures inside attestation statements are refused and never crash', () => {
  test('BCB-1.tpm · public areas', () => {
    expect(parsePubArea(eccArea)).toMatchObject({ key: { kty: 'EC', crv: 'P-256' }, bound: true });
    expect(parsePubArea(rsaArea)).toMatchObject({ key: { kty: 'RSA', e: 'AQAB' }, bound: true });
    onlyRefuses(near(eccArea), parsePubArea);
    onlyRefuses(near(rsaArea), parsePubArea);
  });

  test('BCB-1.tpm · certInfo', () => {
    expect(parseCertInfo(certInfo).extraData).toHaveLength(32);
    onlyRefuses(near(certInfo), parseCertInfo);
  });

  test('BCB-1.android-key · key descriptions', () => {
    expect(parseKeyDescription(description)).toMatchObject({ version: 300, teeEnforced: { purposes: [2], origin: 0 } });
    onlyRefuses(near(description), parseKeyDescription);
  });

  test('BCB-1.tpm · no prefix of a structure is one', () => {
    const whole: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
      [eccArea, parsePubArea],
      [rsaArea, parsePubArea],
      [certInfo, parseCertInfo],
      [description, parseKeyDescription],
    ];
    for (const [bytes, parse] of whole)
      for (let length = 0; length < bytes.length; length += 1)
        expect(() => parse(bytes.subarray(0, length))).toThrow(Malformed);
  });

  test('BCB-1.android-key · what is read as DER is the only encoding of what was read', () => {
    onlyRefuses(near(description), (bytes) => {
      expect(encode(readElements(bytes))).toEqual(Buffer.from(bytes));
    });
  });

  test('BCB-1.android-key · revocation lists', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const list = readRevocationList(text);
        expect(list === 'unreadable' || list instanceof Map).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** DER of elements, written anew. */
function encode(elements: DerElement[]): Buffer {
  return Buffer.concat(
    elements.map(({ kind, constructed, tag, content }) => {
      const first = (kind << 6) | (constructed ? 0x20 : 0);
      const { length } = content;
      const octets = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
      return Buffer.concat([
        Buffer.from(tag < 31 ? [first | tag] : [first | 31, ...base128(tag)]),
        Buffer.from(octets),
        content,
      ]);
    }),
  );
}

const base128 = (tag: number, last = true): number[] =>
  tag < 128 ? [last ? tag : tag | 0x80] : [...base128(tag >> 7, false), (tag & 0x7f) | (last ? 0 : 0x80)];
