import { describe, expect, test } from '@jest/globals';
import { coversHost, isRpId } from './names.js';
import { checkTenant } from './tenant.js';

const faultsOf = (work: () => void): string[] => {
  try {
    work();
    return [];
  } catch (error) {
    const { code, details } = error as { code: string; details: { errors: { path: string }[] } };
    expect(code).toBe('tenant_invalid');
    return details.errors.map(({ path }) => path);
  }
};
const good = { slug: 'demo-bank', name: 'Demo Bank', rpId: 'bank.example' };

describe('a tenant', () => {
  test.each(['ab', 'demo-bank', 'b2', `a${'b'.repeat(39)}`])('slug %s is accepted', (slug) => {
    expect(faultsOf(() => checkTenant({ ...good, slug }))).toEqual([]);
  });

  test.each(['', 'a', 'Bank', '1bank', 'bank-', '-bank', 'a b', 'a/b', 'ä-bank', `a${'b'.repeat(40)}`, 'bank\n'])(
    'slug %j is refused',
    (slug) => expect(faultsOf(() => checkTenant({ ...good, slug }))).toEqual(['slug']),
  );

  test.each(['', ' Bank', 'Bank ', 'a\u0000b', 'a\u202eb', 'x'.repeat(101)])('name %j is refused', (name) => {
    expect(faultsOf(() => checkTenant({ ...good, name }))).toEqual(['name']);
  });

  test('all faults are told at once', () => {
    expect(faultsOf(() => checkTenant({ slug: '', name: '', rpId: '' }))).toEqual(['slug', 'name', 'rpId']);
  });
});

describe('an RP id', () => {
  test.each(['localhost', 'bank.example', 'login.bank.example', 'xn--bnk-qla.example'])('%s is accepted', (id) => {
    expect(isRpId(id)).toBe(true);
  });

  test.each([
    '',
    'example',
    'Bank.example',
    'https://bank.example',
    'bank.example:443',
    '10.0.0.1',
    '.example',
    'bank..example',
    'bank.example.',
    '-bank.example',
    `${'a'.repeat(64)}.example`,
  ])('%s is refused', (id) => expect(isRpId(id)).toBe(false));

  test('covers its own host and those below, and no other that merely ends alike', () => {
    expect(coversHost('bank.example', 'bank.example')).toBe(true);
    expect(coversHost('bank.example', 'login.bank.example')).toBe(true);
    expect(coversHost('bank.example', 'evilbank.example')).toBe(false);
    expect(coversHost('login.bank.example', 'bank.example')).toBe(false);
  });
});
