import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DpopKey } from '@countersign/sdk-web';
import { decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './harness/chromium.js';

/** The built library as a page loads it. */
const LIBRARY = join(process.cwd(), 'libs/sdk-web/dist');
const URL_OF_API = 'https://api.bank.example/accounts?limit=5';

/** What the page's script sees of the library. */
type Library = { DpopKey: new (name: string) => DpopKey };

let files: Server;
let origin: string;
let browser: Browser;
beforeAll(async () => {
  files = createServer(async ({ url = '/' }, response) => {
    const script = url.endsWith('.js') ? await readFile(join(LIBRARY, basename(url))) : undefined;
    response
      .writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' })
      .end(script ?? '<!doctype html>');
  });
  await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
  origin = `http://localhost:${(files.address() as AddressInfo).port}`;
  browser = await launchChromium();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await new Promise((closed) => files.close(closed));
});

async function visit(): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  return page;
}

/** Proofs of so many instances that a page makes at once. */
const proofsIn = (page: Page, count: number): Promise<string[]> =>
  page.evaluate(
    async ({ library, url, count }) => {
      const { DpopKey } = (await import(library)) as Library;
      const keys = Array.from({ length: count }, () => new DpopKey('bank'));
      return Promise.all(keys.map((key) => key.proof({ method: 'GET', url, token: 'token' })));
    },
    { library: '/index.js', url: URL_OF_API, count },
  );

const keyOf = (proof: string): string => JSON.stringify(decodeProtectedHeader(proof).jwk);

describe('the key of a browser', () => {
  test('R24 · signs proofs that verify, is one for all of the origin’s pages, and is found again after a reload', async () => {
    const page = await visit();
    const proofs = await proofsIn(page, 8);
    await page.reload();
    const later = await proofsIn(page, 1);
    expect(new Set([...proofs, ...later].map(keyOf)).size).toBe(1);
    const { payload } = await jwtVerify(later[0]!, EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '1m' });
    expect(payload).toMatchObject({ htm: 'GET', htu: 'https://api.bank.example/accounts' });
    await page.context().close();
  });

  test('R24 · lies in the browser’s storage where no script can read it out, and is another in another browser', async () => {
    const [page, other] = [await visit(), await visit()];
    const [own] = await proofsIn(page, 1);
    const [theirs] = await proofsIn(other, 1);
    expect(keyOf(own!)).not.toBe(keyOf(theirs!));
    const tried = await page.evaluate(async () => {
      const settled = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const database = await settled(indexedDB.open('countersign', 1));
      const { privateKey } = await settled<CryptoKeyPair>(database.transaction('keys').objectStore('keys').get('bank'));
      const read = (format: 'jwk' | 'pkcs8') =>
        crypto.subtle.exportKey(format as 'pkcs8', privateKey).then(
          () => 'read',
          (error: Error) => error.name,
        );
      return [privateKey.extractable, await read('jwk'), await read('pkcs8')];
    });
    expect(tried).toEqual([false, 'InvalidAccessError', 'InvalidAccessError']);
    for (const each of [page, other]) await each.context().close();
  });
});
