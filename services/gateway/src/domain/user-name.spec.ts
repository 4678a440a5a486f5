import { expect, test } from '@jest/globals';
import { userNameKey } from './user-name.js';

test('R9 · letter case, width and space around make no other user name; another tenant does', () => {
  const spelt = ['ada@bank.example', 'ADA@bank.EXAMPLE', '  ada@bank.example ', 'ａｄａ@bank.example'];
  expect(new Set(spelt.map((name) => userNameKey('t', name))).size).toBe(1);
  expect(userNameKey('other', spelt[0]!)).not.toBe(userNameKey('t', spelt[0]!));
});
