import { describe, expect, test } from '@jest/globals';
import { cookieJar, cookieValues } from './cookie.js';

describe('cookies', () => {
  test('over TLS they are bound to the host, secure, and strictly same-site', () => {
    const jar = cookieJar('https://login.bank.example');
    expect(jar.set(jar.session, 'secret')).toBe('__Host-countersign=secret; Path=/; HttpOnly; SameSite=Strict; Secure');
    expect(jar.clear(jar.enrollment)).toBe(
      '__Host-countersign-enrollment=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
    );
  });

  test('on localhost they are plain, since browsers take no other', () => {
    const jar = cookieJar('http://localhost:8400');
    expect(jar.set(jar.enrollment, 'secret', 599.7)).toBe(
      'countersign-enrollment=secret; Path=/; HttpOnly; SameSite=Strict; Max-Age=599',
    );
  });

  test('names are compared exactly, and every value is found', () => {
    const header =
      'a=1; countersign-enrollment=x; countersign=one;countersign=two; Countersign=three; xcountersign=four';
    expect(cookieValues(header, 'countersign')).toEqual(['one', 'two']);
    expect(cookieValues(undefined, 'countersign')).toEqual([]);
  });
});
