import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import fc from 'fast-check';
import { claimsOf, readClaims, type AccessToken } from './access-token.js';

const issued = { issuer: 'https://as.example', audience: 'urn:countersign:bank', iat: 1, exp: 2 };
const person: AccessToken = {
  kind: 'person',
  clientId: 'app',
  jti: 'j',
  subject: uuidv7(),
  session: uuidv7(),
  acr: 'phr',
  amr: ['hwk'],
  authTime: 1,
};
const server: AccessToken = { kind: 'server', clientId: 'server', jti: 'j', scopes: ['a', 'b'] };

describe('the claims of an access token', () => {
  const jkt = 'A'.repeat(43);
  test.each([person, server])('R24 · RFC 9449 §6.1 · of a $kind name the key it is bound to', (token) => {
    expect(claimsOf({ ...token, jkt }, issued)).toMatchObject({ cnf: { jkt } });
    expect(readClaims(claimsOf({ ...token, jkt }, issued))).toEqual({ ...token, jkt });
    expect(claimsOf(token, issued)).not.toHaveProperty('cnf');
  });

  test.each([null, {}, 'x', { jkt: '' }, { jkt: 7 }, { 'x5t#S256': jkt }, [jkt]])(
    'R24 · with a binding that is not understood (%j) are not those of a bearer token',
    (cnf) => expect(readClaims({ ...claimsOf(person, issued), cnf })).toBeUndefined(),
  );

  test.each([person, server])('RFC 9068 §2.2 · of a $kind are read as they were written', (token) => {
    expect(readClaims(claimsOf(token, issued))).toEqual(token);
  });

  test.each([
    ['a server that speaks for a person', { ...claimsOf(server, issued), sub: person.subject }],
    ['a server without a scope', { ...claimsOf(server, issued), scope: undefined }],
    ['a person without assurance', { ...claimsOf(person, issued), acr: undefined }],
    ['a person without methods', { ...claimsOf(person, issued), amr: 'hwk' }],
    ['a person without a time', { ...claimsOf(person, issued), auth_time: '1' }],
    ['a session that is no UUID', { ...claimsOf(person, issued), sid: 'x' }],
    ['no identifier', { ...claimsOf(person, issued), jti: undefined }],
    ['no client', { ...claimsOf(person, issued), client_id: '' }],
  ])('are not accepted of %s', (_, claims) => {
    expect(readClaims(claims)).toBeUndefined();
  });

  test('are read from any object without a crash', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('sub', 'sid', 'client_id', 'jti', 'amr', 'scope'), fc.jsonValue()),
        (claims) => {
          readClaims(claims);
          return true;
        },
      ),
    );
  });
});
