import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { canonicalBytes, fromBase64Url, toBase64Url, uuidv7 } from '@countersign/kernel';
import { decoysFor, isDecoy, type Hash } from './decoys.js';

const hashUnder =
  (key: string): Hash =>
  (...parts) =>
    new Uint8Array(
      createHmac('sha256', key)
        .update(canonicalBytes(parts.map((part) => Buffer.from(part).toString('hex'))))
        .digest(),
    );
const hash = hashUnder('key');
const tenant = uuidv7();

describe('a decoy', () => {
  test('R14 · is the same for one user and differs between users, tenants and keys', () => {
    const ids = (name: string, at = tenant, by = hash) => decoysFor(by, at, name).map(({ id }) => id);
    expect(ids('ada')).toEqual(ids('ada'));
    const others = [ids('eve'), ids('ada', uuidv7()), ids('ada', tenant, hashUnder('other'))].flat();
    expect(others.filter((id) => ids('ada').includes(id))).toEqual([]);
  });

  test('R14 · has a length and transports that occur in the field, and users have one or two', () => {
    const all = Array.from({ length: 400 }, (_, i) => decoysFor(hash, tenant, `user ${i}`));
    expect(new Set(all.map(({ length }) => length))).toEqual(new Set([1, 2]));
    expect(new Set(all.flat().map(({ id }) => fromBase64Url(id)!.length))).toEqual(new Set([16, 20, 32]));
    expect(new Set(all.flat().map(({ id }) => id)).size).toBe(all.flat().length);
  });

  test('R14 · is known again here and by nobody without the key', () => {
    const { id } = decoysFor(hash, tenant, 'ada')[0]!;
    expect(isDecoy(hash, tenant, id)).toBe(true);
    expect(isDecoy(hash, uuidv7(), id)).toBe(false);
    expect(isDecoy(hashUnder('other'), tenant, id)).toBe(false);
    for (const other of ['', '!', toBase64Url(Buffer.alloc(32)), toBase64Url(Buffer.alloc(1023))])
      expect(isDecoy(hash, tenant, other)).toBe(false);
  });
});
