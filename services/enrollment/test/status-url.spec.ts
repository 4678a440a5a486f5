import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceMetrics, createLog } from '@countersign/platform';
import { z } from 'zod';
import { StatusRefresh } from '../src/android-status/refresh.js';
import { androidStatusOrigin, androidStatusSettings } from '../src/android-status/settings.js';
import type { StoreOutcome } from '../src/store/android-status-store.js';

const listOf = (...serials: string[]): string =>
  JSON.stringify({ entries: Object.fromEntries(serials.map((serial) => [serial, { status: 'REVOKED' }])) });

/** What is stored, in memory. */
class MemoryStore {
  readonly documents: string[] = [];
  /** How each look went, and seconds until the next one. */
  readonly looks: [string, number][] = [];

  claim = async (): Promise<boolean> => true;
  checked = async (failure: string, seconds: number): Promise<void> => void this.looks.push([failure, seconds]);

  async store(_: string, document: string): Promise<StoreOutcome> {
    if (this.documents.at(-1) === document) return 'known';
    this.documents.push(document);
    return 'stored';
  }
}

let server: Server;
let published: string;
let headers: Record<string, string>;
let answers: number[];
let store: MemoryStore;
let refresh: StatusRefresh;

beforeEach(async () => {
  [published, headers, answers, store] = [listOf('aa'), {}, [], new MemoryStore()];
  server = createServer((request, response) => {
    const etag = `"${createHash('sha256').update(published).digest('hex')}"`;
    const status = request.headers['if-none-match'] === etag ? 304 : 200;
    answers.push(status);
    response.writeHead(status, { etag, ...headers }).end(status === 200 ? published : undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const androidStatusSource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`;
  const origin = androidStatusOrigin(z.strictObject(androidStatusSettings).parse({ androidStatusSource }))!;
  refresh = new StatusRefresh(origin, { store, metrics: new ServiceMetrics(), log: createLog('silent') });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const look = (): Promise<boolean> => refresh.work(new AbortController().signal);
const pauses = (): number[] => store.looks.map(([, seconds]) => seconds);

describe('the list of revoked Android keys at a URL', () => {
  test('BCB-1.android-key · is given once: as long as its ETag is the same, 304 is an answer like any other', async () => {
    expect([await look(), await look(), await look()]).toEqual([true, false, false]);
    published = listOf('aa', 'bb');
    expect([await look(), await look()]).toEqual([true, false]);
    expect(answers).toEqual([200, 304, 304, 200, 304]);
    expect(store.documents).toEqual([listOf('aa'), published]);
    expect(store.looks.map(([failure]) => failure)).toEqual(['', '', '', '', '']);
  });

  test.each<[string, Record<string, string>, number]>([
    ['nothing', {}, 1_800],
    ['max-age', { 'cache-control': 'public, max-age=1200' }, 1_200],
    ['max-age in quotes, of any case', { 'cache-control': 'Max-Age="900"' }, 900],
    ['max-age, a part of which has gone by', { 'cache-control': 'max-age=1200', age: '200' }, 1_000],
    ['an age that is no number', { 'cache-control': 'max-age=1200', age: 'old' }, 1_200],
    ['only s-maxage', { 'cache-control': 's-maxage=1200' }, 1_800],
    ['no time at all', { 'cache-control': 'max-age=0' }, 60],
    ['a week, longer than a tenant may wait for', { 'cache-control': 'max-age=604800' }, 1_800],
  ])(
    'BCB-1.android-key · says %s, and is looked at again when that is over, also after a 304',
    async (_, said, seconds) => {
      headers = said;
      await look();
      await look();
      expect(answers).toEqual([200, 304]);
      expect(pauses()).toEqual([seconds, seconds]);
    },
  );

  test('BCB-1.android-key · refused once, is refused as long as it is the same, and asked for sooner', async () => {
    headers = { 'cache-control': 'max-age=1200' };
    published = '<html>maintenance</html>';
    await look();
    await look();
    expect(answers).toEqual([200, 304]);
    expect(store.looks).toEqual([
      ['malformed', 300],
      ['malformed', 300],
    ]);
    published = listOf('aa');
    expect(await look()).toBe(true);
    expect(store.looks.at(-1)).toEqual(['', 1_200]);
  });
});
