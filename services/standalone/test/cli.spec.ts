import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { embeddedAdminUrl, urlFor, withClient } from '@countersign/database';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { foreignCredential } from '@countersign/testing';
import { publicUrlOf, keepPublicUrl } from '../src/public-url.js';
import { openDataDir } from '../src/data-dir.js';
import { DATABASE, openInstallation, type Installation } from '../src/installation.js';
import { writeSettings } from '../src/settings-folder.js';
import { openHouse } from '../src/cli/open-house.js';
import { runCli, type ChosenPlace } from '../src/cli/run-cli.js';

const PUBLIC_URL = 'http://localhost:8499';
let folder: string;
let dataDir: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  dataDir = join(folder, 'data');
  const data = openDataDir(dataDir);
  const installation = await openInstallation({
    data,
    publicUrl: PUBLIC_URL,
    logLevel: 'silent',
    log: () => undefined,
  });
  await installation.stop();
}, 60_000);
afterAll(() => {
  rmSync(openDataDir(dataDir).masterKeyFile, { force: true });
  rmSync(folder, { recursive: true });
});

async function countersign(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: string[][] = [[], []];
  const io = {
    out: (line: string) => void out!.push(line),
    err: (line: string) => void err!.push(line),
    loadHouse:
      async () =>
      ({ dataDir: given = dataDir, settings }: ChosenPlace) =>
        openHouse(settings === undefined ? { dataDir: given } : { settings }),
  };
  return { code: await runCli(argv, io), out: out!, err: err! };
}

async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await countersign(...argv, '--json');
  expect([code, err]).toEqual([0, []]);
  expect(out).toHaveLength(1);
  return JSON.parse(out[0]!) as T;
}

const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};

interface KeyEvent {
  type: string;
  tenant: string;
  outcome: string;
  request: string;
  facts: Record<string, string>;
}

/** What commands about keys left in the outbox of tenant, in order. */
async function keyEvents(): Promise<KeyEvent[]> {
  const url = urlFor(embeddedAdminUrl(openDataDir(dataDir).postgres)!, DATABASE);
  const { rows } = await withClient(url, (client) =>
    client.query<{ leaf: Buffer }>(`select leaf from tenant.outbox where type like 'key.%' order by event_id`),
  );
  return rows.map(({ leaf }) => JSON.parse(leaf.toString('utf8')) as KeyEvent);
}

describe('the command line on an installation of its own', () => {
  test('creates a tenant, lists it, and refuses the slug the second time', async () => {
    const create = ['tenant', 'create', 'bank', '--name', 'A bank', '--rp-id', 'bank.example'];
    const { tenant, issuer } = await json<{ tenant: { slug: string }; issuer: string }>(...create);
    expect([tenant.slug, issuer]).toEqual(['bank', `${PUBLIC_URL}/v1/t/bank`]);
    const { tenants } = await json<{ tenants: { slug: string }[] }>('tenant', 'list');
    expect(tenants.map(({ slug }) => slug)).toEqual(['bank', 'platform']);
    const again = await countersign(...create);
    expect(again).toEqual({ code: 1, out: [], err: ['countersign: This slug is taken (tenant_slug_taken)'] });
  }, 60_000);
});

/** Each command would start and stop the database for itself; that it does so is shown above. */
describe('the command line beside a running installation', () => {
  let running: Installation;
  beforeAll(async () => {
    running = await openInstallation({
      data: openDataDir(dataDir),
      publicUrl: PUBLIC_URL,
      logLevel: 'silent',
      log: () => undefined,
    });
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  test('registers a web page, a server with keys, and a server with a secret that it prints once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keys = file('public.json', { keys: [publicKey.export({ format: 'jwk' })] });
    const create = ['application', 'create', '--tenant', 'bank'];
    await json(
      ...create,
      '--name',
      'Web',
      '--type',
      'web',
      '--origin',
      'https://bank.example',
      '--origin',
      'https://my.bank.example',
    );
    const server = [...create, '--type', 'server', '--scope', 'subjects:write', '--scope', 'introspect'];
    await json(...server, '--name', 'Signs', '--jwks', keys);
    const told = await json<{ clientSecret: string }>(...server, '--name', 'Knows', '--secret');
    expect(told.clientSecret).toMatch(/^[\w-]{43}$/);
    const { applications } = await json<{ applications: object[] }>('application', 'list', '--tenant', 'bank');
    expect(applications).toMatchObject([
      { name: 'Web', type: 'web', origins: ['https://bank.example', 'https://my.bank.example'], hasSecret: false },
      { name: 'Signs', type: 'server', jwks: { keys: [{ kty: 'EC' }] } },
      { name: 'Knows', type: 'server', scopes: ['subjects:write', 'introspect'], hasSecret: true },
    ]);
    expect(JSON.stringify(applications)).not.toContain(told.clientSecret);
    const leaked = file('private.json', { keys: [privateKey.export({ format: 'jwk' })] });
    const refused = await countersign(...server, '--name', 'Careless', '--jwks', leaked);
    expect(refused.code).toBe(1);
    expect(refused.err[0]).toMatch(/application_invalid.*jwks\.keys\.0: has the private member `d`/);
  }, 60_000);

  test('puts a policy into force, telling what changes, and refuses an invalid one before anything starts', async () => {
    const policy = file('policy.json', { actions: { 'payee.add': { maxAge: 60 } } });
    const put = ['policy', 'put', '--tenant', 'bank', '--file', policy];
    const changed = ['+ actions.payee.add.acr: "phr"', '+ actions.payee.add.maxAge: 60'];
    expect((await countersign(...put, '--dry-run')).out).toEqual([...changed, 'nothing was changed (--dry-run)']);
    expect((await countersign(...put)).out).toEqual([...changed, 'version 2 is in force']);
    expect((await countersign(...put)).out).toEqual(['nothing changes']);
    const other = file('other.json', { counter: 'refuse' });
    const stale = await countersign('policy', 'put', '--tenant', 'bank', '--file', other, '--based-on', '1');
    expect(stale.err[0]).toContain('policy_conflict');
    const wrong = file('wrong.json', { sessions: { inactivity: 1 } });
    const invalid = await countersign('policy', 'put', '--tenant', 'bank', '--file', wrong);
    expect(invalid.err[0]).toMatch(/policy_invalid.*sessions\.inactivity/);
    const strict = file('strict.json', { webauthn: { assurance: { level: 'device-bound-attested' } } });
    const preview = await json<object>('policy', 'preview', strict, '--tenant', 'bank');
    const nobody = { devices: 0, affected: 0, findings: [], affectedDevices: [], condemned: 0, models: [] };
    expect(preview).toEqual({ tenant: 'bank', basedOn: 2, ...nobody });
    const nowhere = file('nowhere.json', { applications: { 'no-app': {} } });
    const unknown = await countersign('policy', 'put', '--tenant', 'bank', '--file', nowhere);
    expect(unknown.err[0]).toMatch(/policy_invalid.*applications\.no-app: is no client id of this tenant/);
    const shown = await json<{ version: number; policy: { actions: object } }>('policy', 'show', '--tenant', 'bank');
    expect(shown).toMatchObject({ version: 2, policy: { actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } } });
  }, 60_000);

  test('BCB-1.none · imports passkeys from a file, says what it refused and where, and can be run again', async () => {
    const foreign = [0, 1].map((n) => foreignCredential({ reference: `customer ${n}` }).line);
    const path = join(folder, 'passkeys.jsonl');
    const report = join(folder, 'refused.jsonl');
    const [first, second] = foreign.map((line) => JSON.stringify(line));
    const lines = [first, 'no JSON', second, `"${'x'.repeat(9_000)}"`, Buffer.from([0x22, 0xff, 0x22])];
    writeFileSync(
      path,
      Buffer.concat(lines.flatMap((line, at) => [Buffer.from(line!), Buffer.from(at < 4 ? '\n' : '')])),
    );
    const run = ['passkeys', 'import', path, '--tenant', 'bank', '--report', report];
    const dry = await countersign(...run, '--dry-run');
    expect([dry.code, dry.out[0]]).toEqual([1, '5 lines: 2 would be imported, 0 there already, 3 refused']);
    const { code, out } = await countersign(...run);
    expect([code, out[0]]).toEqual([1, '5 lines: 2 imported, 0 there already, 3 refused']);
    const refused = readFileSync(report, 'utf8').trimEnd().split('\n');
    expect(refused.map((line) => JSON.parse(line) as object)).toEqual(
      [2, 4, 5].map((line) => ({ line, code: 'import_line_invalid', reason: expect.any(String) })),
    );
    expect(statSync(report).mode & 0o777).toBe(0o600);
    writeFileSync(path, `${first}\n${second}\n`);
    expect(await json('passkeys', 'import', path, '--tenant', 'bank')).toEqual({
      ...{ dryRun: false, lines: 2, imported: 0, known: 2, refused: 0 },
      refusals: [],
    });
    const missing = await countersign('passkeys', 'import', join(folder, 'nothing'), '--tenant', 'bank');
    expect([missing.code, missing.err[0]]).toEqual([1, expect.stringMatching(/cannot read .*nothing \(ENOENT\)/)]);
  }, 60_000);

  test('invites an operator by a link that carries the ticket in its fragment, and not twice by mistake', async () => {
    const invite = ['operator', 'invite', '--tenant', 'bank', '--role', 'admin', '--name', 'First Operator'];
    const { link, pin, subject } = await json<{ link: string; pin: string; subject: string }>(...invite, '--pin');
    expect(link).toMatch(new RegExp(`^${PUBLIC_URL}/operator#ticket=[\\w-]+$`));
    expect(pin).toMatch(/^\d{6,}$/);
    const { operators } = await json<{ operators: object[] }>('operator', 'list', '--tenant', 'bank');
    expect(operators).toEqual([{ subject, roles: ['admin'] }]);
    const again = await countersign(...invite);
    expect([again.code, again.err[0]]).toEqual([1, expect.stringMatching(/an operator of this name exists/)]);
    const more = await json<{ subject: string; link: string }>(...invite, '--role', 'auditor', '--existing');
    expect(more.subject).toBe(subject);
    expect(more.link).not.toBe(link);
    const nowhere = await countersign(
      'operator',
      'invite',
      '--tenant',
      'nobody',
      '--role',
      'admin',
      '--name',
      'Second',
    );
    expect(nowhere.err[0]).toContain('tenant_unknown');
  }, 60_000);

  test('BCB-10.export BCB-10.erase · writes a person’s data to a file of its own, and erases the person when told twice', async () => {
    const { id } = await withClient(running.adminUrl, async (client) => {
      return (await client.query<{ id: string }>('select id from enrollment.subject limit 1')).rows[0]!;
    });
    const path = join(folder, 'person.json');
    expect((await countersign('subject', 'export', id, '--tenant', 'bank', '--file', path)).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const written = JSON.parse(readFileSync(path, 'utf8')) as {
      person: { id: string; reference: string };
      devices: object[];
    };
    expect([written.person.id, written.devices.length]).toEqual([id, 1]);
    expect(written.person.reference).toMatch(/^customer \d$/);
    const careless = await countersign('subject', 'erase', id, '--tenant', 'bank');
    expect([careless.code, careless.err[0]]).toEqual([1, expect.stringContaining('say --yes')]);
    const { erasure } = await json<{ erasure: object }>('subject', 'erase', id, '--tenant', 'bank', '--yes');
    expect(erasure).toMatchObject({ subject: id, state: 'running' });
    expect(
      (await json<{ erasure: object }>('subject', 'erase', id, '--tenant', 'bank', '--yes')).erasure,
    ).toMatchObject(erasure);
    const gone = await countersign('subject', 'export', id, '--tenant', 'bank');
    expect(gone.err[0]).toContain('not_found');
  }, 60_000);

  test('BCB-9.keys · after a rotation of kek everything is wrapped anew, and a leaked key is replaced and disabled by one command', async () => {
    await json('key', 'rotate', 'kek', '--store', 'sealing');
    await json('key', 'rotate', 'kek', '--store', 'sealing', '--activate');
    const { lookedAt, rewrapped } = await json<{ lookedAt: number; rewrapped: number }>('key', 'rewrap');
    expect([rewrapped, rewrapped]).toEqual([lookedAt, expect.any(Number)]);
    expect(rewrapped).toBeGreaterThan(1);
    expect(await json('key', 'rewrap')).toEqual({ lookedAt, rewrapped: 0 });
    const wraps = await countersign('key', 'disable', 'file:kek/1', '--store', 'sealing', '--yes');
    expect(wraps.err[0]).toContain('wraps other keys');
    const old = ['key', 'disable', 'file:kek/1', '--store', 'sealing', '--wrapping', '--yes'];
    expect(await json(...old)).toMatchObject({ active: 'file:kek/2' });
    expect(await json('key', 'rewrap')).toEqual({ lookedAt, rewrapped: 0 });
    const caller = await json('key', 'disable', 'file:caller/1', '--yes');
    expect(caller).toEqual({ store: 'session', disabled: 'file:caller/1', active: 'file:caller/2' });
    expect((await countersign('key', 'disable', 'file:caller/1')).err[0]).toContain('say --yes');
    expect((await countersign('key', 'disable', 'file:nothing/1', '--yes')).err[0]).toContain('no key has the id');
    const twice = await json('key', 'disable', 'file:caller/1', '--store', 'session', '--yes');
    expect(twice).toEqual(caller);
    const used = ['key', 'disable', 'file:kek/2', '--store', 'sealing', '--wrapping', '--yes'];
    expect((await countersign(...used)).err[0]).toContain('key rotate kek --store sealing');
    expect((await countersign('key', 'list', '--store', 'attic')).err[0]).toContain('there is no store attic');
    expect((await countersign('key', 'rewrap', '--tenant', 'nobody')).err[0]).toContain('tenant_unknown');
  }, 60_000);

  test('BCB-9.keys · each command about keys stands in the log before and after it, with the key, its driver and the store', async () => {
    const events = await keyEvents();
    const ends = events.filter(({ type }) => type !== 'key.change_begun');
    expect(new Set(ends.map(({ type }) => type))).toEqual(
      new Set(['key.prepared', 'key.activated', 'key.disabled', 'key.rewrapped']),
    );
    for (const end of ends) {
      const begun = events.filter(({ type, request }) => type === 'key.change_begun' && request === end.request);
      expect(begun).toHaveLength(1);
      expect(begun[0]!.facts).toMatchObject({ driver: 'file', store: end.facts.store, by: 'cli' });
    }
    expect(ends.find(({ type }) => type === 'key.disabled')).toMatchObject({
      tenant: PLATFORM_TENANT,
      outcome: 'success',
      facts: { key: 'file:kek/1', store: 'sealing', successor: 'file:kek/2' },
    });
  });

  test('BCB-9.keys · with the key store away a command says which one, and the log says that nothing was done', async () => {
    const file = join(dataDir, 'keys', 'session.json');
    const before = readFileSync(file);
    const count = (await keyEvents()).length;
    chmodSync(file, 0o644);
    const { code, err } = await countersign('key', 'rotate', 'caller');
    expect([code, err[0]]).toEqual([1, expect.stringContaining('COUNTERSIGN_KEYS_FILE')]);
    expect((await countersign('key', 'list', '--store', 'tenant')).code).toBe(0);
    chmodSync(file, 0o600);
    expect(readFileSync(file)).toEqual(before);
    expect((await keyEvents()).length).toBe(count);
  }, 60_000);

  test('BCB-9.keys · the only version of the key of snapshots is disabled: it has a successor, and everything is signed again', async () => {
    const only = ['key', 'disable', 'file:snapshot/1', '--yes'];
    expect(await json(...only)).toMatchObject({ active: 'file:snapshot/2' });
    const published = readFileSync(join(dataDir, 'trust', 'snapshot-keys.json'), 'utf8');
    const { keys } = JSON.parse(published) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toEqual(['file:snapshot/2']);
    const signers = await withClient(running.adminUrl, async (client) => {
      return (await client.query<{ key_id: string }>('select distinct key_id from tenant.signed_snapshot')).rows;
    });
    expect(signers).toEqual([{ key_id: 'file:snapshot/2' }]);
    expect(await json('key', 'publish')).toEqual({ files: [join(dataDir, 'trust', 'snapshot-keys.json')] });
  }, 60_000);

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

  test('rotates the key of snapshots in two steps and signs them again', async () => {
    const early = await countersign('key', 'rotate', 'kek', '--activate');
    expect([early.code, early.err[0]]).toEqual([
      1,
      expect.stringMatching(/no version of kek waits; run the first step/),
    ]);
    expect((await countersign('key', 'rotate', 'snapshot')).out[0]).toBe(
      'file:snapshot/3 is published and not used yet',
    );
    const { key, signed } = await json<{ key: { id: string }; signed: number }>(
      'key',
      'rotate',
      'snapshot',
      '--activate',
    );
    expect([key.id, signed]).toEqual(['file:snapshot/3', 2]);
    const { keys } = await json<{ keys: { name: string; version: number; state: string }[] }>('key', 'list');
    const states = keys.filter(({ name }) => name === 'snapshot').map(({ version, state }) => [version, state]);
    expect(states).toEqual([
      [1, 'disabled'],
      [2, 'retiring'],
      [3, 'active'],
    ]);
    expect((await countersign('key', 'rotate', 'nothing')).err[0]).toContain('no key is named nothing');
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

describe('an installation that is not there', () => {
  test('is not made by a command', async () => {
    const missing = join(folder, 'missing');
    const { code, err } = await countersign('tenant', 'list', '--data-dir', missing);
    expect([code, err]).toEqual([1, [`countersign: there is no installation at ${missing}; npm start makes one`]]);
    expect(() => rmSync(missing)).toThrow('ENOENT');
  });

  test('where it was reached is remembered by the installation', () => {
    const data = openDataDir(join(folder, 'other'));
    expect(publicUrlOf(data)).toBeUndefined();
    keepPublicUrl(data, PUBLIC_URL);
    expect(publicUrlOf(data)).toBe(PUBLIC_URL);
    expect(new URL(embeddedAdminUrl(openDataDir(dataDir).postgres)!).searchParams.get('host')).toMatch(/^\//);
    expect(DATABASE).toBe('countersign');
  });
});
