import { describe, expect, test } from '@jest/globals';
import { toBase64Url, utf8 } from '@countersign/kernel';
import { isSameAddress } from './address.js';
import { readProof } from './proof.js';
import { publicKeyOf } from './public-key.js';

const part = (text: string): string => toBase64Url(utf8(text));
const CLAIMS = { jti: 'j', htm: 'GET', htu: 'https://auth.example/a', iat: 1 };
const made = (claims: object = CLAIMS, header = '{}'): string =>
  `${part(header)}.${part(JSON.stringify(claims))}.${part('mark')}`;

describe('RFC 9449 §4.3 · reading a proof', () => {
  test.each([
    ['jti', 255],
    ['htm', 16],
    ['htu', 2048],
    ['ath', 255],
    ['nonce', 255],
  ])('R24 · %s may have %d characters, one at least, and no more', (member, most) => {
    const of = (length: number) => readProof(made({ ...CLAIMS, [member]: 'x'.repeat(length) }));
    expect([0, 1, most, most + 1].map((length) => of(length) !== undefined)).toEqual([false, true, true, false]);
  });

  test('R24 · a proof may have 4096 characters and no more', () => {
    const shortest = made().length;
    const mark = (length: number) => `${made()}${'A'.repeat(length - shortest)}`;
    expect(readProof(mark(4096))).toMatchObject(CLAIMS);
    expect(readProof(mark(4100))).toBeUndefined();
  });

  test.each(['7', '"x"', 'null', '[]', 'true', '', '{'])('R24 · a header of %s is no header', (header) => {
    expect(readProof(made(CLAIMS, header))).toBeUndefined();
  });

  test('R24 · text that is not UTF-8 is not read', () => {
    const odd = toBase64Url(Uint8Array.of(...utf8('{"typ":"'), 0xff, ...utf8('"}')));
    expect(readProof(made().replace(/^[^.]+/, odd))).toBeUndefined();
    expect(readProof(made().replace(/^[^.]+/, '*'))).toBeUndefined();
  });
});

describe('RFC 9449 §4.3 item 9 · the same address', () => {
  test('R24 · nothing is the address of nothing', () => {
    for (const text of ['', 'nonsense', 'https://', 'ftp://auth.example/a'])
      expect(isSameAddress(text, text)).toBe(false);
  });

  test('R24 · also of a platform on loopback, without TLS', () => {
    expect(isSameAddress('http://127.0.0.1:8080/a', 'http://127.0.0.1:8080/a')).toBe(true);
    expect(isSameAddress('http://auth.example/a', 'https://auth.example/a')).toBe(false);
  });

  test('R24 · what a parser would repair is refused', () => {
    expect(isSameAddress('https://auth.example/a%20b', 'https://auth.example/a%20b')).toBe(true);
    for (const htu of ['https://auth.example/a b', 'https://auth.example/a%20b\n', 'https://auth.example/a\\b'])
      expect(isSameAddress(htu, 'https://auth.example/a%20b')).toBe(false);
  });
});

describe('RFC 7518 §6 · the key of a proof', () => {
  const coordinate = (bytes: number): string => toBase64Url(new Uint8Array(bytes).fill(7));
  const ec = { kty: 'EC', crv: 'P-256', x: coordinate(32), y: coordinate(32) };
  const modulus = (first: number, bytes: number): string =>
    toBase64Url(Uint8Array.of(first, ...new Uint8Array(bytes - 1)));
  const rsa = { kty: 'RSA', n: modulus(0x80, 256), e: 'AQAB' };

  test('R24 · is taken with the members that make it and no others', () => {
    expect(publicKeyOf({ ...ec, kid: 'k', alg: 'none' }, 'ES256')).toEqual(ec);
    expect(publicKeyOf({ ...rsa, use: 'enc' }, 'PS256')).toEqual(rsa);
  });

  test.each([
    ['its type', { ...ec, kty: 'OKP' }],
    ['its curve', { ...ec, crv: 'secp256k1' }],
    ['both', { ...ec, kty: 'OKP', crv: 'Ed25519' }],
    ['a coordinate', { ...ec, x: coordinate(31) }],
    ['the other', { ...ec, y: coordinate(33) }],
  ])('R24 · of a curve is refused for %s', (_, jwk) => {
    expect(publicKeyOf(jwk, 'ES256')).toBeUndefined();
  });

  test.each([
    ['2048 bits', modulus(0x80, 256), true],
    ['4096 bits', modulus(0xff, 512), true],
    ['2047 bits', modulus(0x7f, 256), false],
    ['4104 bits', modulus(0x80, 513), false],
    ['2040 bits', modulus(0x80, 255), false],
    ['a leading zero', modulus(0, 257), false],
  ])('R24 · of RSA with %s', (_, n, accepted) => {
    expect(publicKeyOf({ ...rsa, n }, 'PS256') !== undefined).toBe(accepted);
  });

  test('R24 · of RSA is one of RSA', () => {
    expect(publicKeyOf({ ...rsa, kty: 'EC' }, 'PS256')).toBeUndefined();
    expect(publicKeyOf({ ...rsa, e: 'AQ' }, 'PS256')).toBeUndefined();
  });
});
