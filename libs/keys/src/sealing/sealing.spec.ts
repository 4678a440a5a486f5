import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toBase64Url, utf8 } from '@countersign/kernel';
import { open, seal, SEAL_OVERHEAD, sealedUnder, sealingKey } from './aead.js';
import { KeyedHash } from './keyed-hash.js';
import { commitmentOf, openFields, sealFields, type PersonalFields } from './sealed-fields.js';
import { SealingKeyring } from './sealing-keyring.js';

const refused = expect.objectContaining({ code: 'seal_refused' });
const bytes = (max = 200) => fc.uint8Array({ maxLength: max });
const context = { tenant: 't1', subject: 's1', event: 'e1' };

describe('sealing', () => {
  test('BCB-10.sealed · what was sealed opens with the same key and associated data, and is no longer than announced', () => {
    fc.assert(
      fc.property(bytes(), bytes(), (plaintext, aad) => {
        const key = sealingKey(randomBytes(32));
        const sealed = seal(key, plaintext, aad);
        expect(sealed.length).toBe(plaintext.length + SEAL_OVERHEAD);
        expect(sealedUnder(sealed)).toEqual(key.id);
        expect(open(key, sealed, aad)).toEqual(plaintext);
      }),
    );
  });

  test('BCB-10.sealed · one changed bit anywhere is refused', () => {
    fc.assert(
      fc.property(bytes(), fc.nat(), fc.integer({ min: 0, max: 7 }), (plaintext, place, bit) => {
        const key = sealingKey(randomBytes(32));
        const sealed = seal(key, plaintext, utf8('aad'));
        sealed[place % sealed.length]! ^= 1 << bit;
        expect(() => open(key, sealed, utf8('aad'))).toThrow(refused);
      }),
    );
  });

  test('BCB-10.sealed · a cut, a foreign key, other associated data and noise are refused', () => {
    fc.assert(
      fc.property(bytes(), bytes(), fc.nat(), (plaintext, noise, place) => {
        const key = sealingKey(randomBytes(32));
        const sealed = seal(key, plaintext, utf8('aad'));
        expect(() => open(key, sealed.subarray(0, place % sealed.length), utf8('aad'))).toThrow(refused);
        expect(() => open(sealingKey(randomBytes(32)), sealed, utf8('aad'))).toThrow(refused);
        expect(() => open(key, sealed, utf8('other'))).toThrow(refused);
        expect(() => open(key, noise, utf8('aad'))).toThrow(refused);
      }),
    );
  });

  test('no nonce repeats across a thousand seals of one key', () => {
    const key = sealingKey(randomBytes(32));
    const nonces = Array.from({ length: 1000 }, () => toBase64Url(seal(key, utf8('x'), utf8('')).subarray(5, 17)));
    expect(new Set(nonces).size).toBe(1000);
  });

  test('R25 · a key of another length than 32 bytes is refused', () => {
    for (const length of [0, 16, 31, 33]) expect(() => sealingKey(randomBytes(length))).toThrow(RangeError);
    expect(() => new KeyedHash(randomBytes(31), 'p')).toThrow(RangeError);
  });
});

describe('a keyring', () => {
  const [old, now, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;

  test('seals with its current key and opens what its previous ones sealed', () => {
    const before = new SealingKeyring(old);
    const after = new SealingKeyring(now, [old]);
    expect(after.open(before.seal(utf8('x'), utf8('a')), utf8('a'))).toEqual(utf8('x'));
    expect(toBase64Url(sealedUnder(after.seal(utf8('x'), utf8('a'))))).toBe(after.currentId);
    expect(after.currentId).not.toBe(before.currentId);
  });

  test('refuses what was sealed under a key it does not hold any more', () => {
    expect(() => new SealingKeyring(now).open(new SealingKeyring(old).seal(utf8('x'), utf8('')), utf8(''))).toThrow(
      refused,
    );
    expect(() =>
      new SealingKeyring(now, [old]).open(new SealingKeyring(foreign).seal(utf8('x'), utf8('')), utf8('')),
    ).toThrow(refused);
  });
});

describe('personal fields', () => {
  const dataKey = randomBytes(32);
  const fieldsOf = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })) as fc.Arbitrary<PersonalFields>;

  test('BCB-10.sealed · fields come back as they were, and the commitment is theirs', () => {
    fc.assert(
      fc.property(fieldsOf, (fields) => {
        const stored = sealFields(dataKey, context, fields);
        const opened = openFields(dataKey, context, stored);
        expect(JSON.stringify(opened.fields)).toBe(JSON.stringify(JSON.parse(JSON.stringify(sorted(fields)))));
        expect(commitmentOf(opened.salt, fields)).toBe(stored.commitment);
      }),
    );
  });

  test('BCB-10.sealed · equal fields have unlike commitments, and neither commitment nor bytes show a value', () => {
    const [one, two] = [sealFields(dataKey, context, { name: 'Ada' }), sealFields(dataKey, context, { name: 'Ada' })];
    expect(one.commitment).not.toBe(two.commitment);
    expect(one.commitment).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(one.sealed).includes('Ada')).toBe(false);
  });

  test('BCB-10.sealed · another context, key or commitment, and changed bytes, are refused', () => {
    const stored = sealFields(dataKey, context, { name: 'Ada' });
    const other = sealFields(dataKey, context, { name: 'Bob' });
    const changed = Uint8Array.from(stored.sealed);
    changed[20]! ^= 1;
    expect(() => openFields(dataKey, { ...context, subject: 's2' }, stored)).toThrow(refused);
    expect(() => openFields(randomBytes(32), context, stored)).toThrow(refused);
    expect(() => openFields(dataKey, context, { ...stored, commitment: other.commitment })).toThrow(refused);
    expect(() => openFields(dataKey, context, { ...stored, sealed: changed })).toThrow(refused);
  });

  test('the commitment is HMAC-SHA-256 of the canonical form under the salt, to the byte', () => {
    const salt = new Uint8Array(32).fill(7);
    expect(commitmentOf(salt, { b: 1, a: 'x' })).toBe(commitmentOf(salt, { a: 'x', b: 1 }));
    expect(commitmentOf(salt, { a: 'x', b: 1 })).toBe('okQwikX28MYtrGoAvLINk4AIFC23eyVkocdgNBWoajk');
  });
});

describe('a keyed hash', () => {
  const secret = randomBytes(32);

  test('is the same for the same key, purpose and parts, and differs for any other', () => {
    const hash = new KeyedHash(secret, 'reference');
    expect(hash.of('t1', 'c-1')).toEqual(new KeyedHash(secret, 'reference').of('t1', utf8('c-1')));
    expect(hash.of('t1', 'c-1')).not.toEqual(new KeyedHash(secret, 'decoy').of('t1', 'c-1'));
    expect(hash.of('t1', 'c-1')).not.toEqual(new KeyedHash(randomBytes(32), 'reference').of('t1', 'c-1'));
  });

  test('parts never run together', () => {
    const hash = new KeyedHash(secret, 'reference');
    expect(hash.of('ab', 'c')).not.toEqual(hash.of('a', 'bc'));
    expect(hash.of('ab')).not.toEqual(hash.of('ab', ''));
  });
});

/** Members in the order of the canonical form, at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([member, inner]) => [member, sorted(inner)]));
}
