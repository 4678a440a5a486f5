import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatabaseUrl } from './database-url.js';

const file = join(mkdtempSync(join(tmpdir(), 'database-url-')), 'url');
const read = (text: string): string => {
  writeFileSync(file, text, { mode: 0o600 });
  return readDatabaseUrl('databaseUrlFile', file);
};

describe('the URL of a database', () => {
  test.each([
    'postgres://u:p@127.0.0.1:5432/d',
    'postgresql://u:p@localhost/d',
    'postgres://u:p@[::1]/d',
    'postgres://u:p@localhost:5432/d?host=%2Frun%2Fpostgresql',
    'postgres://u:p@db.bank.example/d?sslmode=verify-full',
  ])('%s is taken', (url) => expect(read(`${url}\n`)).toBe(url));

  test.each([
    ['postgres://u:hunter2@db.bank.example/d', 'sslmode=verify-full'],
    ['postgres://u:hunter2@db.bank.example/d?sslmode=require', 'sslmode=verify-full'],
    ['postgres://u:hunter2@127.0.0.1.evil.example/d', 'sslmode=verify-full'],
    ['postgres://u:hunter2@localhost/d?host=db.bank.example', 'sslmode=verify-full'],
    ['postgres://u:hunter2@db.bank.example/d?sslmode=verify-full&sslmode=disable', 'sslmode=verify-full'],
    ['postgres://u:hunter2@localhost/d?host=localhost&host=db.bank.example', 'sslmode=verify-full'],
    ['postgres://u:hunter2@localhost/d?user=postgres', 'before the @'],
    ['postgres://u@localhost/d?password=hunter2', 'before the @'],
    ['mysql://u:hunter2@localhost/d', 'no PostgreSQL URL'],
    ['hunter2', 'no PostgreSQL URL'],
  ])('%s is refused, and nothing of it is told', (url, problem) => {
    expect(() => read(url)).toThrow(problem);
    expect(() => read(url)).toThrow(/^COUNTERSIGN_DATABASE_URL_FILE: /);
    expect(() => read(url)).not.toThrow(/hunter2/);
  });
});
