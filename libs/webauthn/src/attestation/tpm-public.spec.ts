import { expect, test } from '@jest/globals';
import { parsePubArea } from './tpm-public.js';

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const sized = (bytes: Uint8Array): Buffer => Buffer.concat([uint16(bytes.length), bytes]);
const coordinate = (size: number): Uint8Array => new Uint8Array(size).fill(0xab);

/** TPMT_PUBLIC of an ECC key (TPM 2.0 Library, Part 2, 12.2.4), written out. */
const area = (curve: number, x: Uint8Array, y: Uint8Array): Uint8Array =>
  Buffer.concat([
    Buffer.from('0023000b000604720000', 'hex'), // type, hash of the name, attributes, no policy
    Buffer.from('00100010', 'hex'), // no symmetric algorithm, no scheme
    uint16(curve),
    Buffer.from('0010', 'hex'), // no key derivation
    sized(x),
    sized(y),
  ]);

test.each([
  [0x0003, 'P-256', 32],
  [0x0004, 'P-384', 48],
  [0x0005, 'P-521', 66],
])('BCB-1.tpm · coordinates on curve %d (%s) have at most %d octets', (curve, crv, size) => {
  const [full, long] = [coordinate(size), coordinate(size + 1)];
  const text = Buffer.from(full).toString('base64url');
  expect(parsePubArea(area(curve, full, full)).key).toEqual({ kty: 'EC', crv, x: text, y: text });
  for (const [x, y] of [
    [long, full],
    [full, long],
  ] as const)
    expect(() => parsePubArea(area(curve, x, y))).toThrow('attestation_invalid');
});

test('BCB-1.tpm · a curve nobody here verifies is refused', () => {
  for (const curve of [0x0001, 0x0006, 0x0010, 0x0020])
    expect(() => parsePubArea(area(curve, coordinate(32), coordinate(32)))).toThrow('attestation_invalid');
});
