import { describe, expect, test } from '@jest/globals';
import { CODES, refuse, type Code } from '@countersign/kernel';
import { GRPC_STATUS, fromWireError, toWireError } from './wire-error.js';

const DETAILS = {
  attemptsRemaining: 2,
  lockoutUntil: 1_900_000_000,
  retryAfter: 3,
  errors: [{ path: 'parameters.Überweisung', message: 'is unknown' }],
  acrValues: 'phr',
  maxAge: 300,
  action: 'payee.add',
  unknownCredentialId: 'AAAA',
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
});
