import { describe, expect, test } from '@jest/globals';
import { grantScopes, scopesStillHeld } from './scopes.js';

const ALLOWED = ['introspect', 'subjects:read'];

describe('scopes', () => {
  test('RFC 6749 §3.3 · are those asked for, each once, or all', () => {
    expect(grantScopes('', ALLOWED)).toEqual(ALLOWED);
    expect(grantScopes('introspect introspect', ALLOWED)).toEqual(['introspect']);
  });

  test.each(['admin', 'introspect admin', ' introspect', 'introspect\nsubjects:read', 'intro"spect', 'a '.repeat(40)])(
    'RFC 6749 §3.3 · %j is refused',
    (asked) => {
      expect(() => grantScopes(asked, ALLOWED)).toThrow(expect.objectContaining({ code: 'scope_refused' }));
    },
  );

  test('an application has lost are lost in its tokens', () => {
    expect(scopesStillHeld(['introspect', 'audit:read'], ALLOWED)).toEqual(['introspect']);
  });
});
