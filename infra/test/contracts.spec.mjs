import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const BUF = join(process.cwd(), 'node_modules/.bin/buf');
const CHALLENGE = 'proto/countersign/challenge/v1/challenge.proto';

describe('contracts', () => {
  let folder;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-contracts-'));
    for (const name of ['proto', 'buf.yaml']) cpSync(name, join(folder, name), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const breaking = () =>
    spawnSync(process.execPath, [BUF, 'breaking', '--against', 'proto/baseline.binpb'], {
      cwd: folder,
      encoding: 'utf8',
    });
  const edit = (path, change) => {
    const before = readFileSync(join(folder, path), 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(join(folder, path), after);
  };

  test('as they are, break nothing that was published', () => {
    expect(breaking()).toMatchObject({ status: 0, stdout: '' });
  });

  test.each([
    ['a field that moved to another number', (text) => text.replace(/^( {2}\w+ \w+ = )1;/m, '$190;')],
    ['a method that is gone', (text) => text.replace(/^ {2}rpc .*\n/m, '')],
    ['a field of another type', (text) => text.replace(/^ {2}string (\w+ = \d+;)/m, '  int64 $1')],
  ])('BCB-11.breaking · %s is refused', (_, change) => {
    edit(CHALLENGE, change);
    const { status, stdout } = breaking();
    expect(status).not.toBe(0);
    expect(stdout).toContain('challenge.proto');
  });

  test('a field that is added breaks nothing', () => {
    edit(CHALLENGE, (text) => text.replace(/^(message \w+ \{\n)/m, '$1  string added_later = 900;\n'));
    expect(breaking()).toMatchObject({ status: 0 });
  });
});
