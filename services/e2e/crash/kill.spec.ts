import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  CALM,
  HostProcess,
  NO_FAULTS,
  createBank,
  createCustomer,
  eventually,
  everyRound,
  faultsOf,
  figuresOf,
  invite,
  loadUntilGone,
  say,
  untilRecorded,
  type Bank,
  type Customer,
  type Told,
} from '../src/index.js';

const LIMIT_MS = 1_800_000;
const PLACES = 12;
/** Killed within so long of the first session that somebody was told of. */
const LATEST_MS = 2_000;

let host: HostProcess;
let bank: Bank;
let customers: Customer[];

beforeAll(async () => {
  host = await HostProcess.start({ shape: 'standalone' });
  bank = await createBank(host, { risk: CALM });
  customers = [];
  for (let n = 0; n < PLACES; n++) {
    customers.push(await createCustomer(host, bank, { client: n % 2 === 0 ? bank.native : bank.web }));
  }
}, 120_000);

afterAll(() => host?.stop(), 60_000);

describe('kill -9 of the one process under load', () => {
  test(
    'BCB-8.append CARD-6.consumer · every row has its event, every event its row and its one leaf, and no reply was vain',
    async () => {
      let heard = 0;
      await everyRound(async (index) => {
        const { told, over } = loadUntilGone(host, bank, customers);
        await eventually('the first session', () => Promise.resolve(told.sessions.length > 0 || undefined));
        const after = Math.random() * LATEST_MS;
        await sleep(after);
        const database = index % 2 === 1;
        await killHost({ database });
        await over;
        expect(told.refused).toEqual([]);
        const began = performance.now();
        host = await HostProcess.start({ shape: 'standalone', ...whereItWas(host) });
        const startMs = Math.round(performance.now() - began);
        const figures = await inspect(told);
        const where = `round ${index + 1}: killed ${database ? 'with' : 'without'} its database after ${Math.round(after)} ms`;
        const kept = `told of ${told.sessions.length} sessions, ${told.credentials.length} credentials`;
        say(
          `${where}, ready again in ${startMs} ms; ${kept}, ${told.redeemed} grants redeemed; ${JSON.stringify(figures)}`,
        );
        heard += told.sessions.length;
      });
      expect(heard).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});

const whereItWas = ({ options: { dataDir, port } }: HostProcess): { dataDir: string; port: number } => ({
  dataDir,
  port,
});

/** The database is no child of the process: it goes on alone, unless it is killed too. */
async function killHost({ database }: { database: boolean }): Promise<void> {
  const gone = host.kill();
  if (database) process.kill(postmaster(), 'SIGKILL');
  await gone;
}

function postmaster(): number {
  const state = readFileSync(join(host.options.dataDir, 'postgres/postgresql.json'), 'utf8');
  const { cluster } = JSON.parse(state) as { cluster: string };
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

async function inspect(told: Told) {
  const database = new AdminDatabase(host);
  try {
    await expectKept(told, database);
    for (const { browser, subject } of customers) expect(await browser.signIn()).toMatchObject({ subject });
    await (await invite(host, bank)).browser.register('a device');
    await untilRecorded(database);
    expect(await faultsOf(database)).toEqual(NO_FAULTS);
    const figures = await figuresOf(database);
    expect(figures.leaves).toBe(figures.events);
    return figures;
  } finally {
    await database.close();
  }
}

/** What a client was told is so: sessions live, credentials active. */
async function expectKept(told: Told, database: AdminDatabase): Promise<void> {
  const alive = await Promise.all(
    told.sessions.map(({ browser }) => browser.request<{ session: { id: string } }>('GET', '/auth/session')),
  );
  expect(alive.map(({ session }) => session.id)).toEqual(told.sessions.map(({ id }) => id));
  const kept = await database.count(
    `select count(*) as n from enrollment.credential where state = 'active' and id = any ($1)`,
    [told.credentials],
  );
  expect(kept).toBe(told.credentials.length);
}
