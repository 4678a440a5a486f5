import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@countersign/kernel';
import { MAX_BLOB_BYTES } from '@countersign/metadata';
import { ServiceMetrics, createLog } from '@countersign/platform';
import { z } from 'zod';
import { MetadataRefresh, type RefreshParts } from '../src/metadata/refresh.js';
import { metadataOrigin, metadataSettings } from '../src/metadata/settings.js';
import { FailingStore } from './failing-store.js';
import { MetadataFile } from './metadata-feed.js';

let feed: MetadataFile;
let url: Server;
let published: string;
let store: FailingStore;
let metrics: ServiceMetrics;

beforeEach(async () => {
  [feed, store, metrics, published] = [new MetadataFile(), new FailingStore(), new ServiceMetrics(), ''];
  url = createServer((request, response) => {
    const etag = `"${createHash('sha256').update(published).digest('hex')}"`;
    const known = request.headers['if-none-match'] === etag;
    response.writeHead(known ? 304 : 200, { etag }).end(known ? undefined : published);
  });
  await once(url.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  url.close();
  url.closeAllConnections();
  feed.stop();
});

/** Puts a BLOB where both kinds of source find it. */
function publish(text: string): void {
  published = text;
  feed.replace(text);
}

function refreshOf(kind: string): MetadataRefresh {
  const at = `http://127.0.0.1:${(url.address() as AddressInfo).port}/`;
  const source = kind === 'a URL' ? { metadataSource: at } : {};
  const origin = metadataOrigin(z.strictObject(metadataSettings).parse({ ...feed.settings, ...source }))!;
  const parts: RefreshParts = { store, metrics, log: createLog('silent'), clock: systemClock };
  return new MetadataRefresh(origin, parts);
}

async function look(refresh: MetadataRefresh, times: number): Promise<boolean[]> {
  const stored: boolean[] = [];
  for (let n = 0; n < times; n += 1) stored.push(await refresh.work(new AbortController().signal));
  return stored;
}

const failures = async (): Promise<[unknown, number][]> =>
  (await metrics.metadataFailures.get()).values.map(({ labels, value }) => [labels.reason, value]);

describe.each(['a file', 'a URL'])('%s', (kind) => {
  test.each(['state', 'store'] as const)(
    'BCB-1.mds · a database that fails once at %s loses no BLOB: the next look stores it, and the one after finds nothing new',
    async (call) => {
      publish(feed.service.blob(3, []));
      store.failAt = call;
      expect(await look(refreshOf(kind), 3)).toEqual([false, true, false]);
      expect(store.held?.no).toBe(3);
      expect(store.looks).toEqual(['unavailable', '', '']);
    },
  );

  test('BCB-1.mds · a BLOB that is refused is verified and counted once, and stands as the failure of every look', async () => {
    const refresh = refreshOf(kind);
    publish('no.such.blob');
    await look(refresh, 3);
    expect(store.looks).toEqual(['malformed', 'malformed', 'malformed']);
    expect(await failures()).toEqual([['malformed', 1]]);
    publish(feed.service.blob(3, []));
    expect(await look(refresh, 1)).toEqual([true]);
    expect(store.looks.at(-1)).toBe('');
  });

  test('BCB-1.mds · a fault over the BLOB that follows a refused one does not settle it either', async () => {
    const refresh = refreshOf(kind);
    publish('no.such.blob');
    await look(refresh, 1);
    publish(feed.service.blob(3, []));
    store.failAt = 'state';
    expect(await look(refresh, 2)).toEqual([false, true]);
    expect(store.looks).toEqual(['malformed', 'unavailable', '']);
  });

  test('BCB-1.mds · the BLOB that is held already is verified once by a new process', async () => {
    publish(feed.service.blob(3, []));
    await look(refreshOf(kind), 1);
    const again = refreshOf(kind);
    await look(again, 1);
    store.failAt = 'state';
    await look(again, 1);
    expect(store.failAt).toBe('state');
    expect(store.looks).toEqual(['', '', '']);
  });
});

test('BCB-1.mds · a file that is too large is counted once', async () => {
  const refresh = refreshOf('a file');
  publish('');
  truncateSync(String(feed.settings.metadataSource), MAX_BLOB_BYTES + 1);
  await look(refresh, 2);
  expect(store.looks).toEqual(['too_large', 'too_large']);
  expect(await failures()).toEqual([['too_large', 1]]);
});
