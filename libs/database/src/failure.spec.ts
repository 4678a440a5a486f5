import { expect, test } from '@jest/globals';
import { isRefusal } from '@countersign/kernel';
import { asRefusal, isUniqueViolation } from './failure.js';

const withCode = (code: string): Error => Object.assign(new Error('from the server'), { code });
const codeOf = (error: unknown): string => (isRefusal(error) ? error.code : 'itself');

test.each([
  ['08006', 'the connection broke'],
  ['40001', 'two transactions could not be put in an order'],
  ['40P01', 'two transactions waited for each other, and this one was undone'],
  ['53300', 'the server is full'],
  ['55P03', 'a lock took too long'],
  ['57014', 'a statement took too long'],
  ['57P01', 'the server is going'],
  ['P2034', 'the same as 40P01, in Prisma’s words'],
  ['ECONNREFUSED', 'nobody is there'],
])('%s is told to come again: %s', (code) => {
  expect(codeOf(asRefusal(withCode(code)))).toBe('unavailable');
});

test.each(['23503', '23505', '22012', '42601', 'P2002', ''])('“%s” stays what it is', (code) => {
  const error = withCode(code);
  expect(asRefusal(error)).toBe(error);
  expect(isUniqueViolation(error)).toBe(code === '23505');
});
