import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_FILE_BYTES, readFile } from './files.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'countersign-files-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (text: string): string => {
  const path = join(folder, 'document');
  writeFileSync(path, text);
  return path;
};

describe('a document the person named', () => {
  test.each(['', 'größe', 'x'.repeat(MAX_FILE_BYTES)])('is read whole as UTF-8', (text) => {
    expect(readFile(written(text))).toBe(text);
  });

  test('is refused where it is larger than 256 KiB, and one that never ends too', () => {
    const path = written('x'.repeat(MAX_FILE_BYTES + 1));
    expect(() => readFile(path)).toThrow(`${path} is larger than 256 KiB`);
    expect(() => readFile('/dev/zero')).toThrow('/dev/zero is larger than 256 KiB');
  });

  test('that cannot be read is named with the reason', () => {
    expect(() => readFile(folder)).toThrow(`cannot read ${folder} (EISDIR)`);
  });
});
