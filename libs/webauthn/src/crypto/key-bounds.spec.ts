import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { encodeCbor, type CborValue } from '@countersign/testing';
import { Malformed } from '../malformed.js';
import { parseCoseKey } from '../parse/cose-key.js';
import { publicKeyOf } from './public-key.js';

/** `sound`, or the reason of the refusal. */
function judge(entries: [number, CborValue][]): unknown {
  try {
    publicKeyOf(parseCoseKey(encodeCbor(new Map(entries))));
    return 'sound';
  } catch (error) {
    return error instanceof Malformed ? error.facts?.['reason'] : error;
  }
}

const modulus = (length: number, first: number): Uint8Array => new Uint8Array(length).fill(0xa5).fill(first, 0, 1);
const rsa = (n: Uint8Array, e: CborValue = Uint8Array.from([1, 0, 1])): [number, CborValue][] => [
  [1, 3],
  [3, -257],
  [-1, n],
  [-2, e],
];

describe('bounds of keys', () => {
  test.each([
    [255, 0xff, 'modulus'],
    [256, 0x7f, 'modulus'],
    [256, 0x80, 'sound'],
    [257, 0x00, 'modulus'],
    [257, 0x01, 'sound'],
    [1024, 0xc1, 'sound'],
    [1025, 0x01, 'modulus'],
  ])('RFC 8230 §2 · a modulus of %i bytes that begins with %i · %s', (length, first, verdict) => {
    expect(judge(rsa(modulus(length, first)))).toBe(verdict);
  });

  test.each([
    [[1, 0, 1], 'sound'],
    [[1, 0, 0, 1], 'sound'],
    [[0, 1, 0, 1], 'exponent'],
    [[1, 0, 0], 'exponent'],
    [[0xff, 0xff], 'exponent'],
    [[1, 0, 0, 0, 1], 'exponent'],
    [[], 'exponent'],
  ])('FIPS 186-5 §5.4 · exponent %j · %s', (e, verdict) => {
    expect(judge(rsa(modulus(256, 0xc1), Uint8Array.from(e)))).toBe(verdict);
  });

  test('§5.8.5 · parameters of another type, name or length', () => {
    const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const [left, right] = [x, y].map((text) => new Uint8Array(Buffer.from(text, 'base64url'))) as [
      Uint8Array,
      Uint8Array,
    ];
    const key = (...ends: [number, CborValue][]): [number, CborValue][] => [[1, 2], [3, -7], [-1, 1], ...ends];
    expect(judge(key([-2, left], [-3, right]))).toBe('sound');
    expect(judge(key([-2, left], [-3, true]))).toBe('parameter -3');
    expect(judge(key([-2, left], [-4, right]))).toBe('parameters');
    expect(judge(key([-2, left], [-3, right.slice(1)]))).toBe('coordinate');
    expect(judge(key([-2, left.slice(1)], [-3, right]))).toBe('coordinate');
    expect(judge(rsa(modulus(256, 0xc1), 65537))).toBe('parameter -2');
  });
});
