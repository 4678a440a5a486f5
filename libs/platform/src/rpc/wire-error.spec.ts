import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CODES, refuse, type Code } from '@countersign/kernel';
import { GRPC_STATUS, decodeWireError, encodeWireError, fromWireError, toWireError } from './wire-error.js';

const DETAILS = {
  attemptsRemaining: 2,
  lockoutUntil: 1_900_000_000,
  retryAfter: 3,
  errors: [{ path: 'parameters.Überweisung', message: 'is unknown' }],
  acrValues: 'phr',
  maxAge: 300,
  action: 'payee.add',
  signals: { unknownCredential: { rpId: 'bank.example', credentialId: 'AAAA' } },
};
const overTheWire = (error: unknown) => fromWireError(JSON.parse(JSON.stringify(toWireError(error))) as never);

describe('an error on its way between services', () => {
  test.each(Object.keys(CODES) as Code[])('%s arrives with code, kind and details, and nothing internal', (code) => {
    const arrived = overTheWire(refuse(code, DETAILS, 'only for this process'));
    expect(arrived).toMatchObject({ code, kind: CODES[code].kind, details: DETAILS });
    expect(arrived.internal).toBeUndefined();
    expect(GRPC_STATUS[arrived.kind]).toBeGreaterThan(0);
  });

  test.each(['no_such_code', 'toString', '__proto__', ''])('a code that is not known, %j, is internal', (code) => {
    expect(fromWireError({ code, details: { retryAfter: 3 } })).toMatchObject({ code: 'internal', details: {} });
  });

  test.each([
    new Error('hunter2'),
    Object.assign(new Error('hunter2'), { code: 'challenge_spent', details: { action: 'hunter2' } }),
    'hunter2',
    undefined,
  ])('what is no refusal is internal, and its text is withheld', (error) => {
    expect(toWireError(error)).toEqual({ code: 'internal', details: {} });
  });

  test('as metadata it is printable ASCII of a bounded size, whatever the details are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    const error = fc.record({ path: text, message: text }, { noNullPrototype: true });
    const details = fc.record({ action: text, errors: fc.array(error, { maxLength: 100, size: 'max' }) });
    fc.assert(
      fc.property(details, (given) => {
        const value = encodeWireError(toWireError(refuse('request_invalid', given)));
        expect(value).toMatch(/^[\x20-\x7e]*$/);
        expect(value.length).toBeLessThan(17 * 1024);
        const arrived = decodeWireError(value);
        expect(arrived.code).toBe('request_invalid');
        const listed = arrived.details.errors ?? [];
        const sent = given.errors.map((each) => JSON.stringify(each));
        let next = 0;
        for (const each of listed) {
          next = sent.indexOf(JSON.stringify(each), next) + 1;
          expect(next).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('details that do not pass even without their list are left out', () => {
    expect(toWireError(refuse('request_invalid', { action: 'x'.repeat(20_000), retryAfter: 1 }))).toEqual({
      code: 'request_invalid',
      details: {},
    });
  });

  test.each(['', 'no JSON', 'null', '1', '[]', '{}', '{"code":1}', '{"code":"__proto__"}'])(
    'metadata that is no error, %j, is internal',
    (text) => expect(decodeWireError(text)).toMatchObject({ code: 'internal', details: {} }),
  );
});
