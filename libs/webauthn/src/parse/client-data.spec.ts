import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256, toBase64Url } from '@countersign/kernel';
import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { parseClientData } from './client-data.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const DATA = { type: 'webauthn.get', challenge: 'AAAA', origin: 'https://bank.example', crossOrigin: false };

describe('client data', () => {
  test('order and further members do not matter', () => {
    const text = encode({
      other: [1, { deep: true }],
      tokenBinding: 'x',
      origin: DATA.origin,
      challenge: 'AAAA',
      type: 'webauthn.get',
    });
    expect(parseClientData(text)).toMatchObject({ ...DATA });
  });

  test('the hash is over the bytes as received, a byte order mark included', () => {
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(DATA))]);
    expect(parseClientData(toBase64Url(bytes)).hash).toEqual(sha256(bytes));
  });

  test.each<[string, unknown]>([
    ['not a text', 7],
    ['padded', `${encode(DATA)}==`],
    ['base64 with +', 'ab+/'],
    ['with stray bits', 'AB'],
    ['empty', ''],
    ['a list', encode([DATA])],
    ['null', encode(null)],
    ['without type', encode({ ...DATA, type: undefined })],
    ['with a numeric challenge', encode({ ...DATA, challenge: 7 })],
    ['without origin', encode({ ...DATA, origin: undefined })],
    ['with a textual crossOrigin', encode({ ...DATA, crossOrigin: 'true' })],
    ['with crossOrigin null', encode({ ...DATA, crossOrigin: null })],
    ['with a numeric topOrigin', encode({ ...DATA, topOrigin: 1 })],
    ['with its members in __proto__', toBase64Url(Buffer.from(`{"__proto__":${JSON.stringify(DATA)}}`))],
    ['with a second byte order mark', toBase64Url(Buffer.from(`\ufeff\ufeff${JSON.stringify(DATA)}`))],
    ['not UTF-8', toBase64Url(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]))],
    ['with a name twice', toBase64Url(Buffer.from('{"type":"webauthn.get","type":"x","challenge":"A","origin":"o"}'))],
  ])('refused: %s', (_name, value) => {
    expect(() => parseClientData(value)).toThrow(expect.objectContaining({ code: 'client_data_malformed' }));
  });

  test('its size is bounded before it is decoded', () => {
    const padded = (size: number) => {
      const text = JSON.stringify({ ...DATA, pad: '' });
      return toBase64Url(Buffer.from(text.replace('"pad":""', `"pad":"${'x'.repeat(size - text.length)}"`)));
    };
    expect(parseClientData(padded(LIMITS.clientDataJson)).type).toBe('webauthn.get');
    expect(() => parseClientData(padded(LIMITS.clientDataJson + 1))).toThrow(Malformed);
  });

  test('no bytes make it throw anything but a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array().map(toBase64Url),
          fc.json().map((json) => toBase64Url(Buffer.from(json))),
          fc.anything(),
        ),
        (value) => {
          try {
            parseClientData(value);
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
