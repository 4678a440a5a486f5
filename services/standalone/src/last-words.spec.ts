import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { lastWords } from './last-words.js';

const folder = mkdtempSync(join(tmpdir(), 'last-words-'));
const log = join(folder, 'log');
afterAll(() => rmSync(folder, { recursive: true }));

test('a service that does not start is quoted: its own lines, of this start', () => {
  const before = 'session: an older fault\n';
  writeFileSync(
    log,
    `${before}{"service":"risk"}\nrisk: not this one\nsession: keys are damaged\nsession: and so on\n`,
  );
  expect(lastWords('session', log, before.length)).toBe('keys are damaged; and so on');
});

test('where it said nothing, the log is named', () => {
  writeFileSync(log, '{"service":"session"}\n');
  expect(lastWords('session', log, 0)).toBe(`see ${log}`);
});
