import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { withClient } from '@countersign/database';
import { openDataDir } from '../src/data-dir.js';
import { openInstallation, type Installation } from '../src/installation.js';
import { writeSettings } from '../src/settings-folder.js';
import { PUBLIC_URL, countersign, dataDir, folder, importPasskey, json, remove, start } from './cli-installation.js';

afterAll(remove);

describe('the command line beside a running installation', () => {
  let running: Installation;
  beforeAll(async () => {
    running = await start();
    await json('tenant', 'create', 'bank', '--name', 'A bank', '--rp-id', 'bank.example');
    await importPasskey();
    // Starts session, which has made its keys then.
    await json('key', 'disable', 'file:caller/1', '--yes');
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  test('with the settings of its services alone, commands work on database and keys, and the doctor finds all in order', async () => {
    writeSettings(running);
    const settings = join(dataDir, 'settings');
    expect(await json('tenant', 'list', '--settings', settings)).toEqual(await json('tenant', 'list'));
    expect(await json('key', 'list', '--settings', settings)).toEqual(await json('key', 'list'));
    expect(await json('key', 'rewrap', '--settings', settings)).toMatchObject({ rewrapped: 0 });
    const { findings: found } = JSON.parse((await countersign('doctor', '--json', '--settings', settings)).out[0]!) as {
      findings: { ok: boolean; detail: string }[];
    };
    // Challenge has never run here, so it has made no keys yet.
    const missing = `${join(dataDir, 'keys', 'challenge.json')} is missing`;
    expect(found.filter(({ ok }) => !ok).map(({ detail }) => detail)).toEqual([missing]);
    expect(found).toHaveLength(SERVICES.length * 3 + 3);
  }, 60_000);

  test('BCB-15 · a service with its keys in files does not start in production, and says why in one line', async () => {
    writeSettings(running);
    const given = readFileSync(join(dataDir, 'settings', 'challenge.env'), 'utf8');
    const env = { PATH: process.env['PATH'], ...parseEnv(given.replace('=development', '=production')) };
    const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    const hooks = ['--no-warnings', '--import', here('../../../libs/platform/test/from-sources.mjs')];
    const start = promisify(execFile)(process.execPath, [...hooks, here('../../challenge/src/main.ts')], { env });
    await expect(start).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^challenge: COUNTERSIGN_KEY_DRIVER: file is refused in production; [^\n]*\n$/m),
    });
  }, 60_000);

  test('settings that are missing or wrong are one line that names file and variable, and nothing is started', async () => {
    const settings = join(folder, 'settings');
    cpSync(join(dataDir, 'settings'), settings, { recursive: true });
    const rest = ['tenant', 'list', '--settings', settings];
    appendFileSync(join(settings, 'enrollment.env'), 'COUNTERSIGN_NONSENSE=1\n');
    expect(await countersign(...rest)).toEqual({
      code: 1,
      out: [],
      err: [`countersign: ${settings}/enrollment.env: COUNTERSIGN_NONSENSE: unknown setting`],
    });
    rmSync(join(settings, 'tenant.env'));
    expect((await countersign(...rest)).err).toEqual([`countersign: cannot read ${settings}/tenant.env (ENOENT)`]);
    rmSync(join(settings, 'admin.env'));
    const { code, out } = await countersign('doctor', '--settings', settings);
    expect([code, out.filter((line) => /^FAIL (?!.*challenge.json)/.test(line))]).toEqual([
      1,
      [
        `FAIL  settings of tenant: cannot read ${settings}/tenant.env (ENOENT)`,
        `FAIL  settings of enrollment: ${settings}/enrollment.env: COUNTERSIGN_NONSENSE: unknown setting`,
        `FAIL  database: is not examined: cannot read ${settings}/admin.env (ENOENT)`,
      ],
    ]);
  }, 60_000);
});

describe('doctor', () => {
  const findings = async () => {
    const { code, out } = await countersign('doctor', '--json');
    return {
      code,
      ...(JSON.parse(out[0]!) as { ok: boolean; findings: { check: string; ok: boolean; detail: string }[] }),
    };
  };

  test('a database that does not run is one failed check, and it is not started', async () => {
    const { code, ok, findings: found } = await findings();
    expect([code, ok]).toEqual([1, false]);
    expect(found.find(({ check }) => check === 'database')).toMatchObject({
      ok: false,
      detail: 'does not run; npm start starts it',
    });
    expect(found.filter(({ check }) => check.startsWith('settings of ')).map(({ ok: fine }) => fine)).toEqual(
      SERVICES.map(() => true),
    );
  });

  test('beside a running installation, commands join it and each fault is named', async () => {
    const data = openDataDir(dataDir);
    const running = await openInstallation({ data, publicUrl: PUBLIC_URL, logLevel: 'silent', log: () => undefined });
    try {
      expect((await countersign('tenant', 'list')).code).toBe(0);
      const loose = data.file('secrets', 'tenant.database-url');
      chmodSync(loose, 0o644);
      await withClient(running.adminUrl, (client) =>
        client.query(`update tenant.outbox set created_at = created_at - interval '2 hours', sent_at = null;
          insert into risk.outbox_manifest (from_at, until_at) values (now() - interval '2 hours', now() - interval '1 hour')`),
      );
      const { code, findings: found } = await findings();
      chmodSync(loose, 0o600);
      expect(code).toBe(1);
      const faulty = found.filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);
      expect(faulty).toContainEqual(
        expect.stringMatching(/^files that hold secrets: .*tenant\.database-url has mode 0644/),
      );
      expect(faulty).toContainEqual(
        expect.stringMatching(/^events of tenant on their way: \d+ wait, the oldest for \d+ s/),
      );
      expect(faulty).toContainEqual(
        expect.stringMatching(
          /^events of risk on their way: 1 manifests are not covered by the log, the oldest for 3\d\d\d s/,
        ),
      );
      expect(found.find(({ check }) => check.startsWith('clocks'))).toMatchObject({ ok: true });
      expect(found.filter(({ check, ok }) => check.startsWith('migrations of ') && ok)).toHaveLength(SERVICES.length);
    } finally {
      await running.stop();
    }
  }, 60_000);
});
