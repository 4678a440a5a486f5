import { describe, expect, test } from '@jest/globals';
import { checkRegistrableLabels } from './registrable-labels.js';

const labelOf = (host: string) => host.split('.').at(-2);
const check = (held: string[], added: string[]) => checkRegistrableLabels(held, added, labelOf);
const of = (...labels: string[]) => labels.map((label) => `https://login.${label}.example`);

describe('the registrable labels of a tenant', () => {
  test('are at most five over all its applications', () => {
    expect(() => check(of('a', 'b', 'c'), of('d', 'e'))).not.toThrow();
    expect(() => check(of('a', 'b', 'c'), of('d', 'e', 'f'))).toThrow(
      expect.objectContaining({
        code: 'application_invalid',
        details: {
          errors: [{ path: 'relatedOrigins', message: expect.stringContaining('6 registrable labels (a, b,') }],
        },
      }),
    );
  });

  test('count once however many origins share one, and not for what has none', () => {
    const held = [...of('a', 'b', 'c', 'd', 'e'), 'http://localhost:1', 'https://localhost', 'android:apk-key-hash:x'];
    expect(() => check(held, ['https://e.example', 'https://other.e.example:444'])).not.toThrow();
  });
});
