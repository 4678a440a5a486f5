import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTls, type TlsFiles } from '../src/index.js';
import { Certificates } from './house.js';

let folder: string;
let good: TlsFiles;
let otherKey: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-files-'));
  const certificates = await Certificates.open();
  const [own, other] = [await certificates.of('session'), await certificates.of('risk')];
  const put = (name: string, content: Buffer | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  good = { certFile: put('own.pem', own.cert), keyFile: put('own.key', own.key), caFile: put('ca.pem', own.ca) };
  otherKey = put('other.key', other.key);
  put('empty', '');
  put('noise', 'hunter2');
  certificates.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the files of mutual TLS', () => {
  test('are read when they belong together', () => {
    expect(readTls(good).cert.toString()).toContain('BEGIN CERTIFICATE');
  });

  test.each([
    ['certFile', 'COUNTERSIGN_TLS_CERT_FILE', 'a certificate'],
    ['keyFile', 'COUNTERSIGN_TLS_KEY_FILE', 'a private key'],
    ['caFile', 'COUNTERSIGN_TLS_CA_FILE', 'a certificate'],
  ] as const)(
    'R25 · a %s that is missing, empty or something else is named as %s, without its content',
    (file, variable, kind) => {
      const reading = (name: string) => () => readTls({ ...good, [file]: join(folder, name) });
      expect(reading('missing')).toThrow(`${variable}: cannot read ${join(folder, 'missing')} (ENOENT)`);
      expect(reading('empty')).toThrow(`${variable}: ${join(folder, 'empty')} is empty`);
      expect(reading('noise')).toThrow(`${variable}: ${join(folder, 'noise')} is not ${kind} in PEM`);
      expect(reading('noise')).not.toThrow(/hunter2/);
    },
  );

  test('R25 · certificates may be read by everybody, their key may not', () => {
    for (const file of [good.certFile, good.caFile]) chmodSync(file, 0o644);
    expect(() => readTls(good)).not.toThrow();
    chmodSync(good.keyFile, 0o644);
    expect(() => readTls(good)).toThrow(`COUNTERSIGN_TLS_KEY_FILE: ${good.keyFile} has mode 0644`);
    chmodSync(good.keyFile, 0o600);
  });

  test('R25 · a key of another certificate is named', () => {
    expect(() => readTls({ ...good, keyFile: otherKey })).toThrow(
      `COUNTERSIGN_TLS_KEY_FILE: ${otherKey} is not the key of ${good.certFile}`,
    );
  });
});
