import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { newClientSecret } from './client-secret.js';
import { checkOperator } from './operator.js';

const ROLES = ['admin', 'auditor'];

describe('an operator', () => {
  test('is a subject with roles that exist', () => {
    expect(() => checkOperator({ subject: uuidv7(), roles: ['admin', 'auditor'] }, ROLES)).not.toThrow();
  });

  test.each([
    ['no id of a subject', { subject: 'someone', roles: ['admin'] }, ['subject']],
    ['no role', { subject: uuidv7(), roles: [] }, ['roles']],
    ['a role that does not exist', { subject: uuidv7(), roles: ['root'] }, ['roles']],
    ['a role twice', { subject: uuidv7(), roles: ['admin', 'admin'] }, ['roles']],
  ])('%s is refused', (_, operator, paths) => {
    const errors = paths.map((path) => expect.objectContaining({ path }));
    expect(() => checkOperator(operator, ROLES)).toThrow(
      expect.objectContaining({ code: 'operator_invalid', details: { errors } }),
    );
  });
});

describe('a client secret', () => {
  test('R25 · is 256 random bits, and only its hash is kept', () => {
    const made = Array.from({ length: 50 }, newClientSecret);
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(50);
    for (const { secret, hash } of made) {
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      expect(hash).toBe(createHash('sha256').update(secret).digest('base64url'));
    }
  });
});
