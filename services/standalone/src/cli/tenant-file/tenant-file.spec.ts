import { describe, expect, test } from '@jest/globals';
import { checkTenantFile, readTenantFile } from './tenant-file.js';

const BANK = `
slug: my-bank
name: My Bank
rpId: bank.example
applications:
  - name: Online banking
    type: web
    origins: [https://login.bank.example]
policy:
  counter: refuse
`;

const brackets = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const braces = (depth: number): string => '{a: '.repeat(depth) + '}'.repeat(depth);

describe('a tenant as a file', () => {
  test('is read from YAML with every default of its policy', () => {
    const { slug, applications, policy } = readTenantFile(BANK);
    expect([slug, applications[0]!.relatedOrigins, policy!.text]).toEqual(['my-bank', [], '{"counter":"refuse"}']);
    expect(policy!.wanted).toMatchObject({ counter: 'refuse', sessions: { inactivity: 300 } });
  });

  test('is read from JSON; without a policy it has none', () => {
    const { policy } = readTenantFile('{"slug":"my-bank","name":"My Bank","rpId":"bank.example"}');
    expect(policy).toBeUndefined();
  });

  test.each([
    ['an unknown member', BANK.replace('name: My Bank', 'name: My Bank\ntitle: x'), 'title: is unknown'],
    [
      'an unknown member further in',
      BANK.replace('type: web', 'type: web\n    secret: x'),
      'applications.0.secret: is unknown',
    ],
    ['a missing member', BANK.replace('rpId: bank.example', ''), 'rpId: '],
    ['an unknown member of the policy', BANK.replace('counter', 'conter'), 'policy'],
    [
      'a member of the policy that objects have',
      BANK.replace('counter: refuse', '__proto__: {counter: refuse}'),
      'policy',
    ],
    ['a policy that is a list', BANK.replace('counter: refuse', '- counter'), 'policy: is no map'],
    ['a wrong member of the policy', BANK.replace('refuse', 'sometimes'), 'policy.counter: '],
    [
      'an origin elsewhere',
      BANK.replace('login.bank.example', 'login.test'),
      'applications.0.origins.0: must be bank.example',
    ],
    ['a slug that is none', BANK.replace('my-bank', 'My_Bank'), 'slug: 2 to 40'],
    ['a server without keys', BANK.replace('type: web', 'type: server\n    scopes: [admin]'), 'applications.0.'],
    [
      'an application twice',
      BANK.replace('policy:', '  - { name: Online banking, type: native }\npolicy:'),
      'applications.1: names an application twice',
    ],
    ['a key twice', `${BANK}slug: other`, 'not YAML: Map keys must be unique'],
    ['an alias', BANK.replace('My Bank', '&a My Bank').replace('Online banking', '*a'), 'not YAML'],
    ['no YAML', '{', 'not YAML'],
    ['a list in 8000 lists', BANK.replace('refuse', brackets(8_000)), /^nested deeper than 32 levels$/],
    ['a list in 500 lists', BANK.replace('refuse', brackets(500)), /^nested deeper than 32 levels$/],
    ['a map in 32 maps', BANK.replace('refuse', braces(31)), /^nested deeper than 32 levels$/],
    ['a map in 300 keys', `${BANK}  ${'? '.repeat(300)}a`, /^nested deeper than 32 levels$/],
    ['a wrong member as deep as may be', BANK.replace('refuse', braces(30)), /^policy\.counter: /],
  ])('BCB-16.namespace · %s is refused by its path', (_, text, sentence) => {
    expect(() => checkTenantFile(readTenantFile(text))).toThrow(sentence);
  });
});
