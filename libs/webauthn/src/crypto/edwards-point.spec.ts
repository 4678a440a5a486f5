import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { isSoundEdwardsPoint } from './edwards-point.js';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('Ed25519 public keys', () => {
  test('every key that is generated is sound', () => {
    for (let round = 0; round < 20; round += 1) {
      const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
      expect(isSoundEdwardsPoint(new Uint8Array(Buffer.from(x ?? '', 'base64url')), 'Ed25519')).toBe(true);
    }
  });

  test.each([
    ['order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order 8, x negative', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
    ['not canonical', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['off the curve', '0200000000000000000000000000000000000000000000000000000000000000'],
    ['too short', '00'],
  ])('refused: %s', (_name, hex) => {
    expect(isSoundEdwardsPoint(bytes(hex), 'Ed25519')).toBe(false);
  });
});

describe('Ed448 public keys', () => {
  test('every key that is generated is sound', () => {
    for (let round = 0; round < 10; round += 1) {
      const { x } = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' });
      expect(isSoundEdwardsPoint(new Uint8Array(Buffer.from(x ?? '', 'base64url')), 'Ed448')).toBe(true);
    }
  });

  test.each([
    ['order 1', `01${'00'.repeat(56)}`],
    ['order 2', `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`],
    ['order 4', '00'.repeat(57)],
    ['not canonical', `${'ff'.repeat(56)}00`],
    ['with a bit beyond the field', `02${'00'.repeat(55)}01`],
    ['off the curve', `02${'00'.repeat(56)}`],
    ['too short', '00'.repeat(56)],
  ])('refused: %s', (_name, hex) => {
    expect(isSoundEdwardsPoint(bytes(hex), 'Ed448')).toBe(false);
  });
});
