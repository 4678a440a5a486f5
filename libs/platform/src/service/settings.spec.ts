import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  SettingsError,
  baseSettings,
  describeSettings,
  filePath,
  parsePeers,
  readSecretFile,
  settingsFromEnv,
  variableOf,
} from './settings.js';

const PATHS = {
  COUNTERSIGN_TLS_CERT_FILE: '/run/tls/own.pem',
  COUNTERSIGN_TLS_KEY_FILE: '/run/tls/own.key',
  COUNTERSIGN_TLS_CA_FILE: '/run/tls/ca.pem',
  COUNTERSIGN_DATABASE_URL_FILE: '/run/secrets/database-url',
  COUNTERSIGN_RELAY_URL_FILE: '/run/secrets/relay-url',
  COUNTERSIGN_SNAPSHOT_KEYS_FILE: '/run/trust/keys.json',
};

/** One line per bad key, as an operator reads them. */
function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}
const problems = (env: NodeJS.ProcessEnv): readonly string[] => problemsOf(() => settingsFromEnv(baseSettings, env));

describe('settings out of the environment', () => {
  test('the paths of files alone are enough; the rest has defaults', () => {
    expect(settingsFromEnv(baseSettings, { ...PATHS, PATH: '/bin' })).toMatchObject({
      listen: '127.0.0.1:0',
      databaseUrlFile: '/run/secrets/database-url',
      databaseConnections: 10,
    });
  });

  test('R25 · every missing file is named at once', () => {
    expect(problems({})).toEqual(Object.keys(PATHS).map((name) => `${name}: is required`));
  });

  test('R25 · an empty path is no path', () => {
    expect(problems({ ...PATHS, COUNTERSIGN_TLS_KEY_FILE: '' })).toEqual([
      'COUNTERSIGN_TLS_KEY_FILE: is empty; it is the path of a file',
    ]);
  });

  test('every bad key is named with its reason, beside missing and unknown ones', () => {
    const found = problems({
      ...PATHS,
      COUNTERSIGN_TLS_CA_FILE: undefined,
      COUNTERSIGN_LISTEN: 'localhost:7000',
      COUNTERSIGN_LOG_LEVEL: 'loud',
      COUNTERSIGN_OTLP_ENDPOINT: 'collector',
      COUNTERSIGN_DATABASE_CONNECTIONS: '0',
      COUNTERSIGN_PEERS: 'sesion=127.0.0.1:7001',
      COUNTERSIGN_DATABASE_URL: 'postgres://u:hunter2@h/d',
    });
    expect(found.map((line) => line.split(':')[0]).sort()).toEqual([
      'COUNTERSIGN_DATABASE_CONNECTIONS',
      'COUNTERSIGN_DATABASE_URL',
      'COUNTERSIGN_LISTEN',
      'COUNTERSIGN_LOG_LEVEL',
      'COUNTERSIGN_OTLP_ENDPOINT',
      'COUNTERSIGN_PEERS',
      'COUNTERSIGN_TLS_CA_FILE',
    ]);
    expect(found).toContain('COUNTERSIGN_LISTEN: is not ip:port');
    expect(found).toContain('COUNTERSIGN_DATABASE_URL: unknown setting');
    expect(found).toContain('COUNTERSIGN_PEERS: there is no service "sesion"');
    for (const line of found) expect(line).toMatch(/^\w+: .{5,}$/);
  });

  test('R25 · the value of a refused setting is not told', () => {
    expect(
      problems({ ...PATHS, COUNTERSIGN_DATABASE_URL: 'hunter2', COUNTERSIGN_LISTEN: 'hunter2' }).join(),
    ).not.toMatch(/hunter2/);
  });

  test.each(['', ' ', 'ten', '1.5', '201', '-1', 'NaN'])('%j is no number of connections', (text) => {
    expect(problems({ ...PATHS, COUNTERSIGN_DATABASE_CONNECTIONS: text })).toHaveLength(1);
  });

  test('the variable of a setting is its name in capitals', () => {
    expect(variableOf('databaseUrlFile')).toBe('COUNTERSIGN_DATABASE_URL_FILE');
  });
});

describe('peers', () => {
  const peers = (text: string) =>
    parsePeers(settingsFromEnv(baseSettings, { ...PATHS, COUNTERSIGN_PEERS: text }).peers);

  test('are addresses by service', () => {
    expect(peers('session=127.0.0.1:7001|127.0.0.1:7002,risk=10.0.0.9:7003')).toEqual({
      session: ['127.0.0.1:7001', '127.0.0.1:7002'],
      risk: ['10.0.0.9:7003'],
    });
    expect(peers('')).toEqual({});
  });

  test('CARD-8.helm · may be a name, whose replicas DNS tells', () => {
    expect(peers('session=countersign-session.bank.svc:7000,risk=localhost:7003')).toEqual({
      session: ['countersign-session.bank.svc:7000'],
      risk: ['localhost:7003'],
    });
  });

  test.each([
    ['session', 'session is not ip:port|ip:port or name:port'],
    ['session=', 'session is not ip:port|ip:port or name:port'],
    ['session=127.0.0.1', 'session is not ip:port|ip:port or name:port'],
    ['session=127.0.0.1:7001|', 'session is not ip:port|ip:port or name:port'],
    ['session=127.0.0.1:7001=127.0.0.1:7002', 'session is not ip:port|ip:port or name:port'],
    ['session=127.0.0.1:0', 'session is not ip:port|ip:port or name:port'],
    ['session=127.0.0.1:65536', 'session is not ip:port|ip:port or name:port'],
    ['session=256.0.0.1:7001', 'session is not ip:port|ip:port or name:port'],
    ['session=name', 'session is not ip:port|ip:port or name:port'],
    ['session=name:', 'session is not ip:port|ip:port or name:port'],
    ['session=name:0', 'session is not ip:port|ip:port or name:port'],
    ['session=name:65536', 'session is not ip:port|ip:port or name:port'],
    ['session=-name:7001', 'session is not ip:port|ip:port or name:port'],
    ['session=a..b:7001', 'session is not ip:port|ip:port or name:port'],
    ['session=dns:///name:7001', 'session is not ip:port|ip:port or name:port'],
    ['session=one:7001|two:7001', 'session is not ip:port|ip:port or name:port'],
    ['session=one:7001|127.0.0.1:7001', 'session is not ip:port|ip:port or name:port'],
    [`session=${'a'.repeat(64)}:7001`, 'session is not ip:port|ip:port or name:port'],
    ['=127.0.0.1:7001', 'there is no service ""'],
    ['constructor=127.0.0.1:7001', 'there is no service "constructor"'],
    ['risk=127.0.0.1:1,risk=127.0.0.1:2', 'risk is named twice'],
  ])('%s is refused: %s', (text, reason) => {
    expect(problems({ ...PATHS, COUNTERSIGN_PEERS: text })).toEqual([`COUNTERSIGN_PEERS: ${reason}`]);
  });
});

describe('a secret in a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const problem = (path: string): string => problemsOf(() => readSecretFile('databaseUrlFile', path)).join();

  test('is its text without the line end', () => {
    expect(readSecretFile('databaseUrlFile', put('good', 'hunter2\n'))).toBe('hunter2');
  });

  test('R25 · missing, empty or unreadable: the setting and the path are named', () => {
    const missing = join(folder, 'missing');
    expect(problem(missing)).toBe(`COUNTERSIGN_DATABASE_URL_FILE: cannot read ${missing} (ENOENT)`);
    const empty = put('empty', ' \n');
    expect(problem(empty)).toBe(`COUNTERSIGN_DATABASE_URL_FILE: ${empty} is empty`);
    const directory = join(folder, 'directory');
    mkdirSync(directory, { mode: 0o700 });
    expect(problem(directory)).toBe(`COUNTERSIGN_DATABASE_URL_FILE: cannot read ${directory} (EISDIR)`);
  });

  test.each([0o604, 0o644, 0o620, 0o660, 0o601, 0o610])(
    'R25 · of mode %o it is refused, by its setting and without its text',
    (mode) => {
      const open = put(`mode-${mode}`, 'hunter2');
      chmodSync(open, mode);
      expect(problem(open)).toBe(
        `COUNTERSIGN_DATABASE_URL_FILE: ${open} has mode 0${mode.toString(8)}, which lets others at a secret: chmod 600 ${open}`,
      );
    },
  );

  test.each([0o600, 0o400, 0o440, 0o640])(
    'R25 · of mode %o it is read: a group may, as Kubernetes mounts secrets',
    (mode) => {
      const closed = put(`mode-${mode}`, 'hunter2');
      chmodSync(closed, mode);
      expect(problem(closed)).toBe('');
    },
  );

  test('R25 · a file closed to this user is named', () => {
    const closed = put('closed', 'hunter2');
    chmodSync(closed, 0);
    // Root reads it all the same; then there is nothing to refuse.
    const expected = process.getuid?.() === 0 ? '' : `COUNTERSIGN_DATABASE_URL_FILE: cannot read ${closed} (EACCES)`;
    expect(problem(closed)).toBe(expected);
  });
});

describe('--print-config', () => {
  test('shows each setting with its variable, value, default and meaning', () => {
    const schema = z.strictObject({
      waitMs: z.coerce.number().default(100).describe('milliseconds to wait'),
      keysFile: filePath.describe('path of the keys'),
      endpoint: z.url().optional().describe('where to'),
    });
    expect(describeSettings(schema, { COUNTERSIGN_KEYS_FILE: '/run/keys' })).toEqual([
      { key: 'waitMs', variable: 'COUNTERSIGN_WAIT_MS', value: '', default: '100', meaning: 'milliseconds to wait' },
      {
        key: 'keysFile',
        variable: 'COUNTERSIGN_KEYS_FILE',
        value: '/run/keys',
        default: '(required)',
        meaning: 'path of the keys',
      },
      { key: 'endpoint', variable: 'COUNTERSIGN_ENDPOINT', value: '', default: '', meaning: 'where to' },
    ]);
  });
});
