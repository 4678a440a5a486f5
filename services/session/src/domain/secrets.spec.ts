import { describe, expect, test } from '@jest/globals';
import { sha256, toBase64Url, uuidv7 } from '@countersign/kernel';
import fc from 'fast-check';
import {
  csrfTokenOf,
  newCookie,
  newFamily,
  newRefreshToken,
  readCookie,
  readRefreshToken,
  successorOf,
} from './secrets.js';

const ref = { tenant: uuidv7(), session: uuidv7() };

describe('a cookie', () => {
  test('leads to its tenant and session, and only its hash is kept', () => {
    const { cookie, hash } = newCookie(ref);
    expect(readCookie(cookie)).toEqual({ ...ref, hash });
    const secret = Buffer.from(cookie.slice(5), 'base64url').subarray(32);
    expect(secret).toHaveLength(32);
    expect(hash).toEqual(sha256(secret));
    expect(newCookie(ref).cookie).not.toBe(cookie);
  });

  test('has an anti-CSRF value that follows from it and does not lead back', () => {
    const { cookie, hash } = newCookie(ref);
    expect(csrfTokenOf(hash)).toBe(csrfTokenOf(readCookie(cookie)!.hash));
    expect(csrfTokenOf(hash)).not.toBe(toBase64Url(hash));
    expect(csrfTokenOf(newCookie(ref).hash)).not.toBe(csrfTokenOf(hash));
  });

  test('is read in exactly one form', () => {
    const { cookie } = newCookie(ref);
    for (const other of [
      `${cookie}=`,
      `${cookie}A`,
      cookie.slice(0, -1),
      cookie.slice(5),
      `C${cookie.slice(1)}`,
      ` ${cookie}`,
    ])
      expect(readCookie(other)).toBeUndefined();
    expect(readRefreshToken(cookie)).toBeUndefined();
  });
});

describe('a refresh token', () => {
  const first = newRefreshToken(ref, newFamily());

  test('shares its family with its successor, and nothing else that is secret', () => {
    const next = successorOf(first.token)!;
    expect(readRefreshToken(next.token)).toEqual({ ...ref, familyHash: next.familyHash, hash: next.hash });
    expect(next.familyHash).toEqual(first.familyHash);
    expect(next.hash).not.toEqual(first.hash);
  });

  test('of another opening is of another family', () => {
    expect(newRefreshToken(ref, newFamily()).familyHash).not.toEqual(first.familyHash);
  });

  test('and a cookie are read from any text without a crash', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.base64String().map((noise) => `csr1.${noise}`),
      fc.uint8Array({ minLength: 80, maxLength: 80 }).map((bytes) => `csr1.${toBase64Url(bytes)}`),
    );
    fc.assert(
      fc.property(text, (noise) => {
        const read = readRefreshToken(noise);
        expect(read === undefined).toBe(successorOf(noise) === undefined);
        expect(readCookie(noise)).toBeUndefined();
      }),
    );
  });
});
