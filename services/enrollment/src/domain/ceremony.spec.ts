import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import fc from 'fast-check';
import { readCeremony, writeCeremony, type Ceremony } from './ceremony.js';

const byTicket: Ceremony = { leave: { kind: 'ticket', ticket: uuidv7() }, policyVersion: 7 };
const byGrant: Ceremony = {
  leave: { kind: 'grant', jti: uuidv7(), expiresAt: 2_000_000_000, session: uuidv7(), credential: uuidv7() },
  policyVersion: 4_294_967_295,
};

describe('what a registration challenge carries', () => {
  test.each([
    ['a ticket', byTicket],
    ['a grant', byGrant],
  ])('comes back as it went in: %s', (_, ceremony) => {
    const written = writeCeremony(ceremony);
    expect(readCeremony(written)).toEqual(ceremony);
    expect(written.length).toBeLessThanOrEqual(256);
  });

  test('bytes that were not written here are no ceremony, and never a crash', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => readCeremony(bytes) === undefined));
    fc.assert(
      fc.property(fc.json(), (text) => {
        readCeremony(Buffer.from(text));
      }),
    );
    expect(readCeremony(Buffer.from('{"t":"x","p":1}'))).toBeUndefined();
    expect(readCeremony(Buffer.from(`{"t":"${uuidv7()}"}`))).toBeUndefined();
  });
});
