import { expect, test } from '@jest/globals';
import type { AttestationPolicy } from '../types.js';
import { OIDS, type PresentedCertificate } from './certificate.js';
import { serialNumberOf } from './serial-number.js';

const AAGUID = '11111111-2222-3333-4444-555555555555';
const aaguid = new Uint8Array(Buffer.from(AAGUID.replaceAll('-', ''), 'hex'));
const ASKED = { enterprise: [AAGUID] };
const OWN = { code: 'attestation_invalid', facts: { rule: 'serial number extension' } };

function read(value: number[] | undefined, policy: Partial<AttestationPolicy> = ASKED, critical = false): unknown {
  const extension = { critical, extnValue: { buffer: Uint8Array.from(value ?? []).buffer } };
  const extensions = new Map(value ? [[OIDS.serialNumber, extension]] : []);
  const leaf = { extensions } as unknown as PresentedCertificate;
  return serialNumberOf(leaf, aaguid, { accept: [], anchors: [], ...policy });
}

const octets = (length: number): number[] => [4, length, ...new Array<number>(length).fill(0xab)];

test('BCB-1.packed · §8.2.2 · 1 to 64 bytes in one OCTET STRING are read', () => {
  for (const length of [1, 64]) expect(read(octets(length))).toEqual({ ok: true, serialNumber: 'ab'.repeat(length) });
  expect(read(undefined)).toEqual({ ok: true });
});

test.each<[string, number[]]>([
  ['nothing', []],
  ['a tag alone', [4]],
  ['no byte', [4, 0]],
  ['65 bytes', octets(65)],
  ['a byte over', [...octets(2), 0]],
  ['a byte short', octets(2).slice(0, -1)],
  ['another tag', [2, 1, 0xab]],
])('BCB-1.packed · §8.2.2 · %s is no serial number', (_, value) => {
  expect(read(value)).toMatchObject(OWN);
});

test('BCB-1.packed · §8.2.2 · the extension is not critical', () => {
  expect(read(octets(2), ASKED, true)).toMatchObject(OWN);
});

test('BCB-1.packed · of a model nobody asked for it is refused, by the standard’s letter passed over', () => {
  for (const policy of [{ enterprise: [] }, { enterprise: undefined }, { strict: true }])
    expect(read(octets(2), policy)).toMatchObject({ ok: false, code: 'attestation_serial_refused' });
  expect(read(octets(2), { strict: false })).toEqual({ ok: true });
  expect(read(octets(2), { ...ASKED, strict: false })).toEqual({ ok: true, serialNumber: 'abab' });
});
