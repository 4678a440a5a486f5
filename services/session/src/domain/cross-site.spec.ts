import { describe, expect, test } from '@jest/globals';
import { isOwnRequest } from './cross-site.js';
import { csrfTokenOf } from './secrets.js';

const HASH = new Uint8Array(32).fill(7);
const origins = ['https://bank.example'];
const good = { safe: false, csrfToken: csrfTokenOf(HASH), origin: 'https://bank.example' };

describe('a request with a cookie', () => {
  test('is the application’s own with its anti-CSRF value and origin', () => {
    expect(isOwnRequest(good, HASH, origins)).toBe(true);
  });

  test('that changes nothing needs neither', () => {
    expect(isOwnRequest({ safe: true, csrfToken: '', origin: '' }, HASH, [])).toBe(true);
  });

  test.each([
    ['without the value', { csrfToken: '' }],
    ['with another value', { csrfToken: csrfTokenOf(new Uint8Array(32)) }],
    ['from nowhere', { origin: '' }],
    ['from another origin', { origin: 'https://bank.example.evil' }],
    ['from its origin in other letters', { origin: 'https://BANK.example' }],
  ])('is not %s', (_, changes) => {
    expect(isOwnRequest({ ...good, ...changes }, HASH, origins)).toBe(false);
  });
});
