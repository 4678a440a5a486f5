import { describe, expect, test } from '@jest/globals';
import { encodeCbor } from '@countersign/testing';
import { generateKeyPairSync } from 'node:crypto';
import { storedKey } from './public-key.js';

function coseKey(): Uint8Array {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const bytes = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
  return encodeCbor(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]),
  );
}

describe('keys of stored credentials', () => {
  test('a key is made once and found again by its bytes', () => {
    const bytes = coseKey();
    expect(storedKey(new Uint8Array(bytes))).toBe(storedKey(bytes));
    expect(storedKey(coseKey())).not.toBe(storedKey(bytes));
  });

  test('only the keys used last are kept', () => {
    const [kept, dropped] = [coseKey(), coseKey()];
    const [first, second] = [storedKey(kept), storedKey(dropped)];
    for (let count = 0; count < 4095; count += 1) {
      storedKey(coseKey());
      if (count === 2000) storedKey(kept);
    }
    expect(storedKey(kept)).toBe(first);
    expect(storedKey(dropped)).not.toBe(second);
  });
});
