import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceMetrics, createLog } from '@countersign/platform';
import { TestInstallation } from '@countersign/service-testing';
import { StatusRefresh } from '../src/android-status/refresh.js';
import { AndroidStatusStore } from '../src/store/android-status-store.js';

const HOUR_MS = 3_600_000;
const ago = (hours: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * HOUR_MS);

let installation: TestInstallation;
let server: Server;
let store: AndroidStatusStore;
/** What the URL answers with. */
let answer: { serial: string; modified?: Date };
let metrics: ServiceMetrics;
let refresh: StatusRefresh;

beforeAll(async () => {
  installation = await TestInstallation.open(['enrollment']);
  store = new AndroidStatusStore(installation.database.open('enrollment'));
  server = createServer((_, response) => {
    if (answer.modified) response.setHeader('last-modified', answer.modified.toUTCString());
    response.end(JSON.stringify({ entries: { [answer.serial]: { status: 'REVOKED' } } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
}, 60_000);
beforeEach(() => {
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
  metrics = new ServiceMetrics();
  const due = { claim: async () => true, checked: store.checked.bind(store), store: store.store.bind(store) };
  refresh = new StatusRefresh({ source, isUrl: true, every: 60 }, { store: due, metrics, log: createLog('silent') });
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await installation.stop();
});

/** Whether a list with this key was taken. */
async function taken(serial: string, modified?: Date): Promise<boolean> {
  answer = { serial, ...(modified ? { modified } : {}) };
  await refresh.work(new AbortController().signal);
  return (await store.state(0)).document!.includes(serial);
}

test('BCB-1.android-key · an older copy of the list is refused and counted, the last good one stays', async () => {
  expect(await taken('aa', ago(2))).toBe(true);
  const { checkedAt } = await store.state(0);
  expect(await taken('bb', ago(3))).toBe(false);
  expect(await metrics.registry.metrics()).toMatch(/android_status_failures_total\{reason="rolled_back"\} 1/);
  expect(await store.state(0)).toMatchObject({ checkedAt, document: expect.stringContaining('"aa"') });
  expect(await taken('cc', ago(1))).toBe(true);
});

test('BCB-1.android-key · a list that does not say when it was changed is compared with nothing', async () => {
  expect(await taken('ab')).toBe(true);
  expect(await taken('bc', ago(9))).toBe(true);
  expect(await taken('cd', ago(10))).toBe(false);
  expect(await taken('de')).toBe(true);
});

test('BCB-1.android-key · a time to come holds up no later list', async () => {
  expect(await taken('ba', ago(-48))).toBe(true);
  expect(await taken('cb', new Date(Date.now() + 2_000))).toBe(true);
});

test('BCB-1.android-key · what a file holds is as old as the file, and never from a time to come', async () => {
  const [then, later] = [ago(30), ago(-30)];
  await store.checked('', 60, then);
  expect((await store.state(0)).checkedAt).toEqual(then);
  await store.checked('', 60, later);
  expect((await store.state(0)).checkedAt!.getTime()).toBeLessThan(Date.now() + HOUR_MS);
});
