import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import {
  type SettingsError,
  describeSettings,
  settingsFromEnv,
  variableOf,
  type SettingInfo,
} from '@countersign/platform';
import { standaloneSettings } from '../src/environment.js';
import { INSTALLED } from '../src/services.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });

const schemas = [
  ...SERVICES.map((name) => [name, INSTALLED[name].service.settings] as const),
  ['standalone', standaloneSettings] as const,
];

/** What could be a secret by its name, and is no path. */
const SECRET = /secret|password|token|credential|key|url$/i;
const PUBLIC = ['publicUrl', 'keyDriver', 'keyNamespace', 'pkcs11Token', 'vaultUrl', 'tokenSigning', 'tokenIssuerLife'];

function problemsOf(name: ServiceName, env: NodeJS.ProcessEnv): readonly string[] {
  try {
    settingsFromEnv(INSTALLED[name].service.settings, env);
  } catch (error) {
    return (error as SettingsError).problems;
  }
  return [];
}

describe.each(schemas)('the settings of %s', (_, schema) => {
  const rows = describeSettings(schema, {});

  test('R25 · whatever is secret is the path of a file, and has no default', () => {
    for (const { key, default: fallback } of rows) {
      if (key.endsWith('File')) expect([key, ['(required)', ''].includes(fallback)]).toEqual([key, true]);
      else if (!PUBLIC.includes(key)) expect(key).not.toMatch(SECRET);
    }
  });

  test('each has a meaning, and a number says what it counts', () => {
    for (const { key, meaning, default: fallback } of rows) {
      expect([key, meaning]).toEqual([key, expect.stringMatching(/^\S.{9,}/)]);
      if (/^\d+$/.test(fallback)) expect([key, meaning]).toEqual([key, expect.stringMatching(/second|number of/)]);
    }
  });

  test('no two share a variable', () => {
    expect(new Set(rows.map(({ variable }) => variable)).size).toBe(rows.length);
  });
});

describe.each(SERVICES)('%s', (name) => {
  const rows = describeSettings(INSTALLED[name].service.settings, {});
  const required = rows.filter((row) => row.default === '(required)');

  test('R25 · started with nothing, it names every required setting at once', () => {
    expect(problemsOf(name, {})).toEqual(required.map(({ variable }) => `${variable}: is required`));
  });

  test('R25 · each required file is missed by itself', () => {
    const paths = Object.fromEntries(required.map(({ key, variable }) => [variable, exampleOf(key)]));
    expect(problemsOf(name, paths)).toEqual([]);
    for (const { variable } of required) {
      expect(problemsOf(name, { ...paths, [variable]: undefined })).toEqual([`${variable}: is required`]);
    }
  });

  test('a setting it does not have refuses the start', () => {
    expect(problemsOf(name, { [variableOf('databaseUrl')]: 'postgres://u:hunter2@h/d' })).toContain(
      'COUNTERSIGN_DATABASE_URL: unknown setting',
    );
  });
});

const exampleOf = (key: SettingInfo['key']): string => (key === 'publicUrl' ? 'https://bank.example' : `/run/${key}`);

describe('a process of one service', () => {
  const main = here('../../challenge/src/main.ts');
  const hooks = ['--no-warnings', '--import', here('../../../libs/platform/test/from-sources.mjs')];

  test('--print-config shows every setting with value, default and meaning, without starting', async () => {
    const { stdout } = await node([...hooks, main, '--print-config'], { COUNTERSIGN_KEYS_FILE: '/run/keys.json' });
    for (const { variable, meaning, default: fallback } of describeSettings(INSTALLED.challenge.service.settings, {})) {
      const value = variable === 'COUNTERSIGN_KEYS_FILE' ? '/run/keys.json' : '(default)';
      expect(stdout).toContain(`${variable}\n  ${meaning}\n  default: ${fallback}  value: ${value}\n`);
    }
  });

  test('R25 · without its files it ends with code 1 and one line for each, and nothing on standard output', async () => {
    const ended = (await node([...hooks, main]).catch((error: unknown) => error)) as {
      code: number;
      stdout: string;
      stderr: string;
    };
    const required = problemsOf('challenge', {}).map((line) => `challenge: ${line}\n`);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([1, '', required.join('')]);
  });
});
