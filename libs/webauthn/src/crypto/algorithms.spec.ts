import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { encodeCbor, type CborValue } from '@countersign/testing';
import { Malformed } from '../malformed.js';
import { parseCoseKey } from '../parse/cose-key.js';
import { DEFAULT_ALGORITHMS } from './algorithms.js';
import { publicKeyOf } from './public-key.js';
import { isSignedBy } from './signature.js';

const MESSAGE = Buffer.from('authenticator data and hash');
const member = (value: unknown, size = 0): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.alloc(size), Buffer.from(String(value), 'base64url')]).subarray(-size));

const generated = (curve: string) =>
  curve === 'ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ec', { namedCurve: curve });

/** A COSE key of a curve, and a signature by it. */
function keyOf(algorithm: number, crv: number, curve: string, size: number, hash: string | null) {
  const { publicKey, privateKey } = generated(curve);
  const { x, y } = publicKey.export({ format: 'jwk' });
  const ends: [number, CborValue][] = y === undefined ? [] : [[-3, member(y, size)]];
  const entries: [number, CborValue][] = [
    [1, y === undefined ? 1 : 2],
    [3, algorithm],
    [-1, crv],
    [-2, member(x, size)],
    ...ends,
  ];
  return { entries, signature: sign(hash, MESSAGE, privateKey) };
}

const read = (entries: [number, CborValue][]) => publicKeyOf(parseCoseKey(encodeCbor(new Map(entries))));

describe('algorithms beyond those that are offered', () => {
  test.each([
    ['ES384', -35, 2, 'secp384r1', 48, 'sha384'],
    ['ES512', -36, 3, 'secp521r1', 66, 'sha512'],
    ['Ed448', -53, 7, 'ed448', 57, null],
  ] as const)(
    'R13 · %s · a key of its own curve verifies with its own hash',
    (_name, algorithm, crv, curve, size, hash) => {
      const { entries, signature } = keyOf(algorithm, crv, curve, size, hash);
      const key = read(entries);
      expect(isSignedBy(key, MESSAGE, signature)).toBe(true);
      expect(isSignedBy(key, Buffer.from('another'), signature)).toBe(false);
      expect(key.algorithm).toBe(algorithm);
    },
  );

  test('R13 · ES384 with a key of another curve, or of another type, is no key', () => {
    const { entries } = keyOf(-35, 1, 'prime256v1', 32, 'sha256');
    const other = new Map(entries).set(-1, 2).set(1, 2);
    expect(() => read(entries)).toThrow(Malformed);
    expect(() => read([...other])).toThrow(Malformed);
  });

  test('R13 · what is offered unless policy says otherwise', () => {
    expect(DEFAULT_ALGORITHMS).toEqual([-7, -8, -257]);
  });
});
