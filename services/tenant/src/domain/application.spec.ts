import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkApplication, type ApplicationRequest } from './application.js';

const SCOPES = ['subjects:write', 'audit:read'];
const web: ApplicationRequest = {
  type: 'web',
  name: 'Online banking',
  origins: ['https://login.bank.example'],
  relatedOrigins: [],
  scopes: [],
  jwks: '',
  withSecret: false,
};
const server: ApplicationRequest = { ...web, type: 'server', origins: [], scopes: ['audit:read'], withSecret: true };
const check = (request: ApplicationRequest, rpId = 'bank.example') => checkApplication(request, rpId, SCOPES);

function faultsOf(request: ApplicationRequest, rpId?: string): string[] {
  try {
    check(request, rpId);
    return [];
  } catch (error) {
    const { code, details } = error as { code: string; details: { errors: { path: string }[] } };
    expect(code).toBe('application_invalid');
    return details.errors.map(({ path }) => path);
  }
}

const jwkOf = (kind: 'P-256' | 'P-384' | 'Ed25519' | 2048 | 1024, half: 'publicKey' | 'privateKey' = 'publicKey') => {
  const pair =
    kind === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : typeof kind === 'number'
        ? generateKeyPairSync('rsa', { modulusLength: kind })
        : generateKeyPairSync('ec', { namedCurve: kind });
  return pair[half].export({ format: 'jwk' });
};
const withKeys = (...keys: object[]): ApplicationRequest => ({
  ...server,
  withSecret: false,
  jwks: JSON.stringify({ keys }),
});

describe('an application', () => {
  test.each([
    ['web', web, 'bank.example'],
    ['web on localhost', { ...web, origins: ['http://localhost:8443', 'http://localhost'] }, 'localhost'],
    ['native without origins', { ...web, type: 'native', origins: [] }, 'bank.example'],
    [
      'native on Android',
      { ...web, type: 'native', origins: [`android:apk-key-hash:${'A'.repeat(43)}`] },
      'bank.example',
    ],
    ['server with a secret', server, 'bank.example'],
  ] as [string, ApplicationRequest, string][])('%s is accepted', (_, request, rpId) => {
    expect(faultsOf(request, rpId)).toEqual([]);
  });

  test.each([
    'http://login.bank.example',
    'https://login.bank.example/',
    'https://login.bank.example/path',
    'https://LOGIN.bank.example',
    'https://login.bank.example:443',
    'https://user@login.bank.example',
    'https://*.bank.example',
    'https://bank.example.evil.example',
    'https://evilbank.example',
    'http://127.0.0.1:8080',
    'http://localhost.evil.example',
    `android:apk-key-hash:${'A'.repeat(43)}`,
    'null',
    '',
  ])('%j is no origin of a web application', (origin) => {
    expect(faultsOf({ ...web, origins: [origin] })).toEqual(['origins.0']);
  });

  const related = (relatedOrigins: string[], rpId?: string) => faultsOf({ ...web, relatedOrigins }, rpId);

  test('WebAuthn L3 §5.11 · a related origin is named apart, and joins the others', () => {
    const relatedOrigins = ['https://bank.example.org', 'https://login.bank.co.uk:8443'];
    expect(check({ ...web, relatedOrigins }).origins).toEqual([...web.origins, ...relatedOrigins]);
    expect(faultsOf({ ...web, origins: [], relatedOrigins })).toEqual([]);
  });

  test.each([
    'https://www.bank.example',
    'http://bank.example.org',
    'http://localhost:3000',
    'https://bank.example.org/',
    'https://*.bank.example.org',
    'https://203.0.113.7',
    `android:apk-key-hash:${'A'.repeat(43)}`,
    '',
  ])('%j is no related origin of bank.example', (origin) => {
    expect(related([origin])).toEqual(['relatedOrigins.0']);
  });

  test('related origins are of no use to localhost or to a server, and each is named once', () => {
    expect(faultsOf({ ...web, origins: [], relatedOrigins: ['https://bank.example.org'] }, 'localhost')).toEqual([
      'relatedOrigins.0',
    ]);
    expect(faultsOf({ ...server, relatedOrigins: ['https://bank.example.org'] })).toEqual(['relatedOrigins']);
    expect(related(['https://bank.example.org', 'https://bank.example.org'])).toEqual(['origins']);
  });

  test('a web application needs an origin, each once, 32 at most', () => {
    expect(faultsOf({ ...web, origins: [] })).toEqual(['origins']);
    expect(faultsOf({ ...web, origins: [...web.origins, ...web.origins] })).toEqual(['origins']);
    const many = Array.from({ length: 33 }, (_, n) => `https://h${n}.bank.example`);
    expect(faultsOf({ ...web, origins: many })).toEqual(['origins']);
  });

  test('a secret, keys and scopes belong to servers only', () => {
    const greedy = {
      ...web,
      withSecret: true,
      scopes: ['audit:read'],
      jwks: JSON.stringify({ keys: [jwkOf('P-256')] }),
    };
    expect(faultsOf(greedy)).toEqual(['scopes', 'jwks', 'withSecret']);
  });

  test('a server has keys or a secret, known scopes, and no origin', () => {
    expect(faultsOf({ ...server, withSecret: false })).toEqual(['jwks']);
    expect(faultsOf({ ...withKeys(jwkOf('P-256')), withSecret: true })).toEqual(['jwks']);
    expect(faultsOf({ ...server, scopes: [] })).toEqual(['scopes']);
    expect(faultsOf({ ...server, scopes: ['admin'] })).toEqual(['scopes']);
    expect(faultsOf({ ...server, scopes: ['audit:read', 'audit:read'] })).toEqual(['scopes']);
    expect(faultsOf({ ...server, origins: ['https://bank.example'] })).toEqual(['origins']);
  });

  test('a type nobody knows is refused', () => {
    expect(faultsOf({ ...web, type: 'spa' })).toEqual(['type']);
  });
});

describe('the public keys of a server', () => {
  test('P-256, Ed25519 and RSA of 2048 bits are accepted and kept as given', () => {
    const keys = [
      { ...jwkOf('P-256'), kid: 'a', alg: 'ES256', use: 'sig' },
      { ...jwkOf('Ed25519'), kid: 'b', alg: 'EdDSA' },
      { ...jwkOf(2048), kid: 'c', alg: 'PS256' },
    ];
    expect(check(withKeys(...keys)).jwks).toEqual({ keys });
  });

  test.each([
    ['another curve', () => jwkOf('P-384'), 'jwks.keys.0'],
    ['a short RSA key', () => jwkOf(1024), 'jwks.keys.0'],
    ['a shared secret', () => ({ kty: 'oct', k: 'c2VjcmV0' }), 'jwks.keys.0'],
    ['a private key', () => jwkOf('P-256', 'privateKey'), 'jwks.keys.0'],
    ['an unknown member', () => ({ ...jwkOf('P-256'), x5u: 'https://evil.example' }), 'jwks.keys.0'],
    ['another algorithm than its key has', () => ({ ...jwkOf(2048), alg: 'RS256' }), 'jwks.keys.0.alg'],
    ['a key for encryption', () => ({ ...jwkOf('P-256'), use: 'enc' }), 'jwks.keys.0.use'],
    ['a kid that is no text', () => ({ ...jwkOf('P-256'), kid: 7 }), 'jwks.keys.0.kid'],
    ['a point off the curve', () => ({ ...jwkOf('P-256'), y: 'AAAA' }), 'jwks.keys.0'],
  ])('%s is refused', (_, key, path) => {
    expect(faultsOf(withKeys(key()))).toEqual([path]);
  });

  test.each(['{', '[]', '{"keys":{}}', '{"keys":[1]}', ' '.repeat(20_000), '{"keys":[],"more":1}'])(
    'text %# is no key set',
    (jwks) => {
      expect(faultsOf({ ...server, withSecret: false, jwks })).toContain(
        jwks.includes('"keys":[]') ? 'jwks.keys' : 'jwks',
      );
    },
  );

  test('several keys need a kid each', () => {
    expect(faultsOf(withKeys(jwkOf('P-256'), jwkOf('P-256')))).toEqual(['jwks.keys']);
    expect(faultsOf(withKeys({ ...jwkOf('P-256'), kid: 'a' }, { ...jwkOf('P-256'), kid: 'a' }))).toEqual(['jwks.keys']);
  });

  test('a private member is named, its value is not repeated', () => {
    const jwk = jwkOf('P-256', 'privateKey');
    expect.assertions(2);
    try {
      check(withKeys(jwk));
    } catch (error) {
      const told = JSON.stringify((error as { details: object }).details);
      expect(told).toContain('`d`');
      expect(told).not.toContain(jwk.d);
    }
  });
});
