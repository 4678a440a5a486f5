import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestAttestationCa } from '@countersign/testing';
import { anchorsOf, readAnchorSets } from '../src/index.js';

const SHIPPED = 'libs/webauthn/anchors';
const files = readdirSync(SHIPPED, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.pem'));
const readCertificates = () =>
  files.map((path) => ({ path, certificate: new X509Certificate(readFileSync(join(SHIPPED, path))) }));

describe('anchors that ship', () => {
  test('BCB-1.device · are what their README says, each a root signed with its own key', () => {
    const readme = readFileSync(join(SHIPPED, 'README.md'), 'utf8');
    for (const { path, certificate } of readCertificates()) {
      const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
      const day = (date: string) => new Date(date).toISOString().slice(0, 10);
      const row = readme.split('\n').find((line) => line.includes(`\`${path}\``)) ?? '';
      expect([path, row.includes(fingerprint)]).toEqual([path, true]);
      expect(row).toContain(`${day(certificate.validFrom)} to ${day(certificate.validTo)}`);
      expect(certificate.verify(certificate.publicKey) && certificate.ca).toBe(true);
    }
    expect(readme.split('\n').filter((line) => line.includes('.pem` |'))).toHaveLength(files.length);
  });

  test('BCB-1.device · both Android roots and both of the metadata service stand side by side', () => {
    const sets = readAnchorSets();
    expect([...sets.keys()].sort()).toEqual(['android', 'apple', 'fido-mds']);
    expect([...sets].map(([name, anchors]) => [name, anchors.length]).sort()).toEqual([
      ['android', 2],
      ['apple', 1],
      ['fido-mds', 2],
    ]);
  });

  test('BCB-1.device · nobody stands behind a set that is not set up', () => {
    expect(anchorsOf(readAnchorSets(), ['nobody', '__proto__'])).toEqual([]);
    expect(anchorsOf(readAnchorSets(), ['apple', 'android'])).toHaveLength(3);
  });
});

describe('anchors of an installation', () => {
  const [next, own] = [new TestAttestationCa('Next'), new TestAttestationCa('Own')];
  const pem = (ca: TestAttestationCa): string => new X509Certificate(ca.certificate).toString();
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-anchors-'));
    for (const name of ['apple', 'bank-cards', 'Not a set']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'apple', 'next.pem'), `The next root.\n${pem(next)}`);
    writeFileSync(join(folder, 'bank-cards', 'both.pem'), `${pem(own)}\n${pem(next)}`);
    writeFileSync(join(folder, 'bank-cards', 'README.md'), 'passed over');
    writeFileSync(join(folder, 'Not a set', 'x.pem'), pem(own));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('BCB-1.device · a second root joins the first without a release, and new sets join the shipped', () => {
    const sets = readAnchorSets(folder);
    expect([...sets.keys()].sort()).toEqual(['android', 'apple', 'bank-cards', 'fido-mds']);
    expect(anchorsOf(sets, ['apple'])).toHaveLength(2);
    expect(anchorsOf(sets, ['apple'])[1]).toEqual(next.certificate);
    expect(anchorsOf(sets, ['bank-cards'])).toEqual([own.certificate, next.certificate]);
  });

  test('BCB-1.device · a folder or file that cannot be used is refused by name', () => {
    expect(() => readAnchorSets(join(folder, 'absent'))).toThrow('absent is not there');
    const path = join(folder, 'apple', 'wrong.pem');
    for (const text of ['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
      writeFileSync(path, text);
      expect(() => readAnchorSets(folder)).toThrow(`trust anchor ${path} cannot be used`);
    }
    rmSync(path);
  });
});
