import { describe, expect, test } from '@jest/globals';
import { COMPROMISE, RESUMPTION, REVOCATION, SUSPENSION, excludes, refusalOf } from './life-cycle.js';

describe('the life of an authenticator', () => {
  test('BCB-6.revoke · nothing leads out of revoked', () => {
    const transitions = [SUSPENSION, COMPROMISE, RESUMPTION, REVOCATION];
    expect(transitions.filter(({ from }) => from.includes('revoked'))).toEqual([]);
  });

  test('BCB-6.resume · a key that may have been copied is never resumed, whoever suspended it first', () => {
    expect(RESUMPTION.unless).toContain('counter_replayed');
    expect(COMPROMISE.from).toContain('suspended');
    expect(refusalOf(RESUMPTION, { state: 'suspended', reason: 'counter_replayed' })).toBe('credential_compromised');
  });

  test('BCB-16.rows · what is not there is not found, what is in another state is a conflict', () => {
    expect(refusalOf(RESUMPTION, undefined)).toBe('not_found');
    expect(refusalOf(RESUMPTION, { state: 'active', reason: '' })).toBe('conflict');
    expect(refusalOf(REVOCATION, { state: 'revoked', reason: 'person' })).toBe('conflict');
  });

  test('everything that ends the use of a device ends its sessions', () => {
    expect([SUSPENSION, COMPROMISE, REVOCATION].every(({ endsSessions }) => endsSessions)).toBe(true);
    expect(RESUMPTION.endsSessions).toBe(false);
  });

  test('only a compromised or revoked key leaves room for a new one on the same authenticator', () => {
    expect(excludes({ state: 'active', reason: '' })).toBe(true);
    expect(excludes({ state: 'suspended', reason: 'person' })).toBe(true);
    expect(excludes({ state: 'suspended', reason: 'counter_replayed' })).toBe(false);
    expect(excludes({ state: 'revoked', reason: 'person' })).toBe(false);
  });
});
