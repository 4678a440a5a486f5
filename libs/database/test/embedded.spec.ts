import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/index.js';

const here = dirname(fileURLToPath(import.meta.url));
// As it was built: other processes load it at the same time, so nothing is built anew here.
const built = join(here, '../dist/embedded/start.js');
const place = mkdtempSync(join(tmpdir(), 'countersign-embedded-'));
// mkdtemp closes it to others; root's server runs as another user.
chmodSync(place, 0o755);
const running: EmbeddedPostgres[] = [];

async function start(dataDir: string, log: string[] = []): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: (message) => log.push(message) });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return await client
    .query<Record<string, unknown>>(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

/** Starts the cluster in a process of its own, as `npm start` does. */
async function ownerProcess(dataDir: string): Promise<{ child: ChildProcess; adminUrl: string }> {
  const child = spawn(process.execPath, [join(here, 'embedded-owner.mjs'), built, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return { child, ...(JSON.parse(line) as { adminUrl: string }) };
}

const postmasterPid = (dataDir: string): number => {
  const { cluster } = JSON.parse(readFileSync(join(dataDir, 'postgresql.json'), 'utf8')) as { cluster: string };
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
};

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  test('a second start finds the data of the first, at the same address', async () => {
    const dataDir = join(place, 'twice');
    const first = await start(dataDir);
    await ask(first.adminUrl, 'create table kept as select 7 as n');
    await first.stop();
    const second = await start(dataDir);
    expect(second.adminUrl).toBe(first.adminUrl);
    expect(await ask(second.adminUrl, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  test('R25 · its password is random, in a file only its owner reads, and no other password is accepted', async () => {
    const dataDir = join(place, 'secret');
    const server = await start(dataDir);
    expect(statSync(join(dataDir, 'postgresql.json')).mode & 0o777).toBe(0o600);
    const wrong = server.adminUrl.replace(/:[^:@]+@/, ':postgres@');
    await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await ask(server.adminUrl, 'show fsync')).toEqual([{ fsync: 'on' }]);
  });

  test('an orphan left by kill -9 is adopted with what it had committed', async () => {
    const dataDir = join(place, 'orphan');
    const owner = await ownerProcess(dataDir);
    await ask(owner.adminUrl, 'create table kept as select 8 as n');
    const orphan = postmasterPid(dataDir);
    await kill(owner.child);
    const log: string[] = [];
    const server = await start(dataDir, log);
    expect(postmasterPid(dataDir)).toBe(orphan);
    expect(log).toEqual([expect.stringContaining('adopted')]);
    expect(await ask(server.adminUrl, 'select n from kept')).toEqual([{ n: 8 }]);
  });

  test('after kill -9 of owner and server together the cluster recovers and starts', async () => {
    const dataDir = join(place, 'crash');
    const owner = await ownerProcess(dataDir);
    await ask(owner.adminUrl, 'create table kept as select 9 as n');
    const pid = postmasterPid(dataDir);
    await kill(owner.child);
    process.kill(pid, 'SIGKILL');
    const server = await start(dataDir);
    expect(await ask(server.adminUrl, 'select n from kept')).toEqual([{ n: 9 }]);
  });

  test('a second process is refused the directory while the first lives, and the first goes on', async () => {
    const dataDir = join(place, 'shared');
    const owner = await ownerProcess(dataDir);
    await expect(start(dataDir)).rejects.toThrow(/in use by another process$/);
    expect(await ask(owner.adminUrl, 'select 1 as n')).toEqual([{ n: 1 }]);
    await kill(owner.child);
    await start(dataDir);
  });

  test('two directories serve side by side, and neither listens on a port', async () => {
    const servers = [await start(join(place, 'left')), await start(join(place, 'right'))];
    for (const { adminUrl } of servers)
      expect(await ask(adminUrl, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(new Set(servers.map(({ adminUrl }) => adminUrl)).size).toBe(2);
  });

  test('a path too long for the address of a socket has its socket in a short one, closed to others', async () => {
    const dataDir = join(place, 'l'.repeat(100));
    const server = await start(dataDir);
    const folder = new URL(server.adminUrl).searchParams.get('host')!;
    expect(folder.length).toBeLessThan(60);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await ask(server.adminUrl, 'select 1 as n')).toEqual([{ n: 1 }]);
    rmSync(folder, { recursive: true });
  });

  test('a first start cut short in the middle of initdb leaves nothing the next one trips over', async () => {
    const dataDir = join(place, 'half');
    mkdirSync(join(dataDir, 'cluster.4242'), { recursive: true });
    writeFileSync(join(dataDir, 'cluster.4242/PG_VERSION'), '18');
    const server = await start(dataDir);
    expect(await ask(server.adminUrl, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a directory that cannot be made is one clear line', async () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    await expect(start(join(file, 'data'))).rejects.toThrow(
      /^the data directory .*file\/data cannot be written \(ENOTDIR\)$/,
    );
  });

  test('a cluster whose password file is gone is left alone and named', async () => {
    const dataDir = join(place, 'keyless');
    await (await start(dataDir)).stop();
    running.length = 0;
    rmSync(join(dataDir, 'postgresql.json'));
    await expect(start(dataDir)).rejects.toThrow(
      /cluster is there, but the file postgresql.json with its password is missing$/,
    );
    expect(existsSync(join(dataDir, 'cluster/PG_VERSION'))).toBe(true);
  });

  const asRoot = process.getuid?.() === 0;
  test('run by root below a folder closed to others, the cluster goes where its user may enter', async () => {
    const closed = join(place, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    await start(join(closed, 'data'));
    const { cluster } = JSON.parse(readFileSync(join(closed, 'data/postgresql.json'), 'utf8')) as { cluster: string };
    expect(cluster.startsWith(asRoot ? '/var/lib/countersign/clusters/' : closed)).toBe(true);
    await running.splice(0)[0]!.stop();
    if (asRoot) rmSync(cluster, { recursive: true });
    expect(existsSync(join(closed, 'data/cluster'))).toBe(!asRoot);
  });
});
