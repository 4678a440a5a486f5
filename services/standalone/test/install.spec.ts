import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { rolesOf, startEmbeddedPostgres, urlFor, withClient, type EmbeddedPostgres } from '@countersign/database';
import { createMasterKeyFile } from '@countersign/keys-file';
import { openHouse } from '../src/cli/open-house.js';
import { runCli, type ChosenPlace } from '../src/cli/run-cli.js';
import { KEY_STORES } from '../src/installed-keys.js';

const root = mkdtempSync(join(tmpdir(), 'countersign-install-'));
const settings = join(root, 'settings');
const DATABASE = 'countersign';
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir: join(root, 'pg'), log: () => undefined, durable: false });
  // As banks and operators of PostgreSQL have it: who installs is no superuser.
  await withClient(postgres.adminUrl, (client) =>
    client.query(`create role landlord login createdb createrole password 'a-password-of-landlord'`),
  );
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  rmSync(root, { recursive: true });
});
beforeEach(() => writeFolder());

const inRoot = (...parts: string[]): string => join(root, ...parts);

function secret(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const urlOf = (user: string): string =>
  urlFor(postgres.adminUrl, DATABASE, { user, password: `a-password-of-${user}` });

/** A folder of settings as the chart mounts it: a file for each service, secrets as files of their own. */
function writeFolder(change: Partial<Record<ServiceName | 'admin', Record<string, string>>> = {}): void {
  rmSync(settings, { recursive: true, force: true });
  mkdirSync(settings);
  createMasterKeyFile(inRoot('master-key', 'key'));
  for (const service of SERVICES) writeEnv(service, { ...settingsOf(service), ...change[service] });
  const adminUrl = secret(inRoot('admin', 'url'), urlOf('landlord'));
  writeEnv('admin', { COUNTERSIGN_ADMIN_URL_FILE: adminUrl, ...change.admin });
}

const writeEnv = (name: string, variables: Record<string, string>): void =>
  writeFileSync(
    join(settings, `${name}.env`),
    Object.entries(variables)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );

function settingsOf(service: ServiceName): Record<string, string> {
  const { app, relay } = rolesOf(service);
  const store = KEY_STORES[service];
  mkdirSync(inRoot('snapshot-keys'), { recursive: true });
  return {
    COUNTERSIGN_TLS_CERT_FILE: inRoot(service, 'tls', 'tls.crt'),
    COUNTERSIGN_TLS_KEY_FILE: inRoot(service, 'tls', 'tls.key'),
    COUNTERSIGN_TLS_CA_FILE: inRoot(service, 'tls', 'ca.crt'),
    COUNTERSIGN_DATABASE_URL_FILE: secret(inRoot(service, 'database', 'url'), urlOf(app)),
    COUNTERSIGN_RELAY_URL_FILE: secret(inRoot(service, 'database', 'relay-url'), urlOf(relay)),
    COUNTERSIGN_SNAPSHOT_KEYS_FILE: inRoot('snapshot-keys', 'snapshot-keys.json'),
    ...(store && {
      COUNTERSIGN_PROFILE: 'development',
      COUNTERSIGN_KEYS_FILE: inRoot(store, 'keys', 'keys.json'),
      COUNTERSIGN_MASTER_KEY_FILE: inRoot('master-key', 'key'),
    }),
    ...((service === 'session' || service === 'gateway') && { COUNTERSIGN_PUBLIC_URL: 'https://id.bank.example' }),
    ...(service === 'tenant' && {
      COUNTERSIGN_PLATFORM_RP_ID: 'id.bank.example',
      COUNTERSIGN_PLATFORM_ORIGINS: 'https://id.bank.example',
    }),
  };
}

async function countersign(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: string[][] = [[], []];
  const io = {
    out: (line: string) => void out!.push(line),
    err: (line: string) => void err!.push(line),
    loadHouse:
      async () =>
      ({ settings: place }: ChosenPlace) =>
        openHouse({ settings: place! }),
  };
  return { code: await runCli([...argv, '--settings', settings], io), out: out!, err: err! };
}

const asAdmin = (sql: string) =>
  withClient(urlFor(postgres.adminUrl, DATABASE), (client) => client.query<Record<string, unknown>>(sql));

describe('countersign install', () => {
  test('CARD-5.helm · from an empty server to an installation whose services can log in, and again without a change', async () => {
    const first = await countersign('install');
    expect([first.code, first.out]).toEqual([0, ['the installation is ready']]);
    expect(first.err).toContain(`${DATABASE}: every service can log in`);
    expect(first.err.filter((line) => / applied 2026/.test(line))).toHaveLength(SERVICES.length + 1);
    const keys = readFileSync(inRoot('snapshot-keys', 'snapshot-keys.json'), 'utf8');
    expect(JSON.parse(keys)).toMatchObject({ keys: [{ kty: 'EC' }] });

    const again = await countersign('install', '--json');
    expect(again.code).toBe(0);
    const { database } = JSON.parse(again.out[0]!) as { database: { schemas: { applied: string[] }[] } };
    expect(database.schemas.flatMap(({ applied }) => applied)).toEqual([]);
    expect(readFileSync(inRoot('snapshot-keys', 'snapshot-keys.json'), 'utf8')).toBe(keys);
  });

  test('a password that changed in its file is the one that counts', async () => {
    secret(inRoot('risk', 'database', 'url'), urlOf('cs_risk').replace('a-password', 'another-password'));
    expect((await countersign('database', 'apply')).code).toBe(0);
    const old = withClient(urlOf('cs_risk'), () => Promise.resolve());
    await expect(old).rejects.toMatchObject({ code: '28P01' });
  });

  const refusals: [string, () => void, RegExp][] = [
    [
      'a URL that logs in as another service',
      () => secret(inRoot('risk', 'database', 'url'), urlOf('cs_audit')),
      /^countersign: risk: the URL in .*risk\/database\/url logs in as 'cs_audit', not as cs_risk$/,
    ],
    [
      'a URL of another database',
      () =>
        secret(inRoot('risk', 'database', 'relay-url'), urlOf('cs_risk_relay').replace(/countersign(?=\?|$)/, 'other')),
      /^countersign: .*relay-url names the database other, but .* names countersign$/,
    ],
    [
      'a short password',
      () => secret(inRoot('risk', 'database', 'url'), urlOf('cs_risk').replace('a-password-of-cs_risk', 'short')),
      /^countersign: risk: the password of the URL in .*risk\/database\/url is not 16 to 128 printable ASCII characters$/,
    ],
    [
      'a server that is not there',
      () => secret(inRoot('admin', 'url'), 'postgres://postgres:secret-of-admin@127.0.0.1:1/countersign'),
      /^countersign: database: ECONNREFUSED/,
    ],
    [
      'no administrator',
      () => rmSync(join(settings, 'admin.env')),
      /^countersign: cannot read .*admin\.env \(ENOENT\)$/,
    ],
  ];
  test.each(refusals)('%s: one line says what is wrong, and holds no password', async (_, spoil, line) => {
    spoil();
    const { code, err } = await countersign('install', '--wait', '1');
    expect(code).toBe(1);
    expect(err.at(-1)).toMatch(line);
    expect(err.join('\n')).not.toMatch(/a-password-of|secret-of-admin/);
  });
});

describe('countersign doctor', () => {
  const failed = async (): Promise<string[]> => {
    const { out } = await countersign('doctor');
    return out.filter((line) => line.startsWith('FAIL'));
  };

  test('in a pod that has not the files of every service mounted, all is in order, and it says what it did not see', async () => {
    await countersign('install');
    process.env['KUBERNETES_SERVICE_HOST'] = '10.96.0.1';
    try {
      const { code, out } = await countersign('doctor');
      expect([code, out.filter((line) => line.startsWith('FAIL'))]).toEqual([0, []]);
      expect(out.join('\n')).toMatch(/files that hold secrets: \d+ files; 11 are not mounted here/);
      rmSync(inRoot('risk', 'database', 'url'));
      expect(await failed()).toEqual([expect.stringMatching(/risk\/database\/url is missing$/)]);
    } finally {
      delete process.env['KUBERNETES_SERVICE_HOST'];
    }
  });

  test('on a host, each of these files is missed', async () => {
    await countersign('install');
    expect(await failed()).toEqual([expect.stringMatching(/session\/tls\/tls.key is missing/)]);
  });
});

describe('countersign database wait', () => {
  /** What `tenant list` starts, and one more. */
  const AHEAD = ['risk', 'tenant', 'enrollment'];
  const wait = (...options: string[]) => countersign('database', 'wait', '--service', 'risk', ...options);

  test('CARD-5.helm · is over at once where nothing is pending, with the rights of the service alone', async () => {
    await countersign('database', 'apply');
    expect(await wait()).toEqual({ code: 0, out: ['risk: the schema is as this version expects'], err: [] });
  });

  test('CARD-5.helm · waits for what is pending, tells it, and gives up with what it waited for', async () => {
    await countersign('database', 'apply');
    const newest = 'select max(migration_name) from risk._prisma_migrations';
    const hide = `update risk._prisma_migrations set rolled_back_at = now() where migration_name = (${newest})`;
    await asAdmin(hide);
    const { code, err } = await wait('--timeout', '2');
    expect([code, err]).toEqual([
      1,
      [
        'risk: waiting: 1 migrations are not applied yet',
        'countersign: risk: 1 migrations are not applied yet, after 2 seconds',
      ],
    ]);
    const waiting = wait('--timeout', '30');
    await asAdmin('update risk._prisma_migrations set rolled_back_at = null');
    expect((await waiting).code).toBe(0);
  });

  test('CARD-5.helm · a release rolled back finds its schema ahead, says so, and starts', async () => {
    await countersign('database', 'apply');
    for (const schema of AHEAD)
      await asAdmin(
        `insert into ${schema}._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         values ('later', 'x', '20991231000000_later', now(), now(), 1)`,
      );
    try {
      const { code, out } = await wait();
      expect([code, out]).toEqual([
        0,
        ['risk: the schema is 1 migration ahead of this version, up to 20991231000000_later'],
      ]);
      expect((await countersign('tenant', 'list', '--json')).out).toEqual([
        expect.stringContaining('"slug":"platform"'),
      ]);
      const { code: applied, err } = await countersign('database', 'apply');
      expect([applied, err]).toEqual([
        0,
        expect.arrayContaining([expect.stringMatching(/^risk: the schema is 1 migr/)]),
      ]);
    } finally {
      for (const schema of AHEAD) await asAdmin(`delete from ${schema}._prisma_migrations where id = 'later'`);
    }
  });

  test('reads the variable of the service where there is no folder', async () => {
    await countersign('database', 'apply');
    const io = { out: () => undefined, err: () => undefined, loadHouse: () => expect(true).toBe(false) as never };
    process.env['COUNTERSIGN_DATABASE_URL_FILE'] = inRoot('risk', 'database', 'url');
    try {
      expect(await runCli(['database', 'wait', '--service', 'risk'], io)).toBe(0);
    } finally {
      delete process.env['COUNTERSIGN_DATABASE_URL_FILE'];
    }
  });

  test('roles that are not made yet are waited for; an edited migration never fits', async () => {
    secret(inRoot('risk', 'database', 'url'), urlOf('cs_unmade'));
    const { err } = await wait('--timeout', '1');
    expect(err.at(-1)).toMatch(/does not let it in yet \(28P01\), after 1 seconds$/);
    writeFolder();
    await countersign('database', 'apply');
    await asAdmin(`update risk._prisma_migrations set checksum = reverse(checksum)`);
    expect((await wait()).err).toEqual([expect.stringMatching(/was edited after it was applied$/)]);
    await asAdmin(`update risk._prisma_migrations set checksum = reverse(checksum)`);
  });
});
