import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { rawSignature } from './raw-signature.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const DATA = Buffer.from('exactly this');

test('BCB-15.aws · every DER signature becomes raw r‖s that verifies, also with short and padded integers', () => {
  const lengths = new Set<number>();
  for (let round = 0; round < 600; round++) {
    const der = sign('sha256', DATA, privateKey);
    lengths.add(der.length);
    const raw = rawSignature(der);
    expect(raw).toHaveLength(64);
    expect(verify('sha256', DATA, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
  }
  expect(lengths.size).toBeGreaterThan(2);
  const short = Buffer.from('3006020101020102', 'hex');
  expect(Buffer.from(rawSignature(short)).toString('hex')).toBe(`${'00'.repeat(31)}01${'00'.repeat(31)}02`);
});

test('BCB-15.aws · what is no such DER is refused', () => {
  const wrong = [
    '',
    '30',
    '3006020101',
    '30060201010201',
    '300602010102010200',
    '3106020101020102',
    '3006030101020102',
  ];
  const long = `3026022101${'ff'.repeat(32)}020101`;
  for (const hex of [...wrong, long, '300502000201ff'])
    expect(() => rawSignature(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'key_store_unavailable' }),
    );
});
