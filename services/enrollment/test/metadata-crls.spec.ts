import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@countersign/kernel';
import { MAX_CRL_BYTES } from '@countersign/metadata';
import { ServiceMetrics, createLog } from '@countersign/platform';
import { signCrl } from '@countersign/testing';
import { z } from 'zod';
import { MetadataRefresh } from '../src/metadata/refresh.js';
import { metadataOrigin, metadataSettings } from '../src/metadata/settings.js';
import { FailingStore } from './failing-store.js';
import { MetadataFile } from './metadata-feed.js';

let feed: MetadataFile;
let authorities: Server;
let answer: (path: string, response: ServerResponse) => void;
let asked: string[];
let store: FailingStore;
let metrics: ServiceMetrics;
let lines: string[];
let folder: string;

const give = (path: string, response: ServerResponse): void => {
  const { root, intermediate } = feed.service;
  response.end(signCrl(path === '/root.crl' ? root : intermediate));
};

beforeEach(async () => {
  [store, metrics, lines, asked, answer] = [new FailingStore(), new ServiceMetrics(), [], [], give];
  folder = mkdtempSync(join(tmpdir(), 'countersign-crls-'));
  authorities = createServer(({ url = '' }, response) => {
    asked.push(url);
    answer(url, response);
  });
  await once(authorities.listen(0, '127.0.0.1'), 'listening');
  feed = new MetadataFile(`http://127.0.0.1:${(authorities.address() as AddressInfo).port}`);
});
afterEach(() => {
  authorities.close();
  authorities.closeAllConnections();
  feed.stop();
  rmSync(folder, { recursive: true, force: true });
});

const originOf = (settings: Record<string, unknown>) =>
  metadataOrigin(z.strictObject(metadataSettings).parse({ ...feed.settings, ...settings }))!;

function refreshWith(settings: Record<string, unknown> = {}): MetadataRefresh {
  const log = createLog('info', { write: (line) => void lines.push(line) });
  return new MetadataRefresh(originOf(settings), { store, metrics, log, clock: systemClock });
}

const look = (refresh: MetadataRefresh): Promise<boolean> => refresh.work(new AbortController().signal);
const failures = async (): Promise<[unknown, number][]> =>
  (await metrics.metadataFailures.get()).values.map(({ labels, value }) => [labels.reason, value]);
const reasonsOf = (event: string): unknown[] =>
  lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .flatMap((line) => (line['event'] === event ? [line['reason']] : []));

describe('lists that are fetched', () => {
  const required = { metadataRevocation: 'required' };

  test('BCB-1.mds · come from where the certificates say, once for each BLOB', async () => {
    feed.publish([]);
    const refresh = refreshWith(required);
    expect([await look(refresh), await look(refresh)]).toEqual([true, false]);
    expect(asked.sort()).toEqual(['/intermediate.crl', '/root.crl']);
    expect(store.held).toMatchObject({ no: 1, unchecked: [] });
  });

  test.each<[string, string, typeof answer]>([
    ['missing', 'unavailable', (_, response) => response.writeHead(404).end()],
    ['elsewhere', 'unavailable', (_, response) => response.writeHead(302, { location: '/root.crl' }).end()],
    ['too large', 'too_large', (_, response) => response.end(Buffer.alloc(MAX_CRL_BYTES + 1))],
    ['cut off', 'unavailable', (_, response) => response.destroy()],
  ])('BCB-1.mds · that are %s leave a warning, or refuse until they can be had', async (_, reason, broken) => {
    answer = broken;
    feed.publish([]);
    const strict = refreshWith(required);
    expect(await look(strict)).toBe(false);
    expect(store.held).toBeUndefined();
    expect([store.looks, store.pauses]).toEqual([['revocation_unknown'], [300]]);
    expect(reasonsOf('metadata.crl_unavailable')).toEqual([reason, reason]);
    expect(await look(refreshWith())).toBe(true);
    expect(store.held).toMatchObject({ unchecked: ['missing', 'missing'] });
    expect(reasonsOf('metadata.revocation_unchecked')).toEqual(['missing', 'missing']);
    store.held = undefined;
    answer = give;
    expect(await look(strict)).toBe(true);
    expect(store.held).toMatchObject({ unchecked: [] });
  });

  test('BCB-1.mds · a revoked signer is refused and counted once; the last list stays', async () => {
    feed.publish([]);
    const refresh = refreshWith();
    await look(refresh);
    const { intermediate, signer } = feed.service;
    answer = (path, response) =>
      path === '/root.crl'
        ? give(path, response)
        : void response.end(signCrl(intermediate, { revoked: [signer.serial] }));
    feed.publish([]);
    expect([await look(refresh), await look(refresh)]).toEqual([false, false]);
    expect(store.held?.no).toBe(1);
    expect(store.looks).toEqual(['', 'chain_revoked', 'chain_revoked']);
    expect(await failures()).toEqual([['chain_revoked', 1]]);
  });
});

describe('lists that are files', () => {
  const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  const pem = (der: Uint8Array): string =>
    `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64')}\n-----END X509 CRL-----\n`;
  const strict = () => ({ metadataCrls: folder, metadataRevocation: 'required' });

  test('BCB-1.mds · DER or PEM, of a folder or one file; then nobody is asked', async () => {
    const { root, intermediate } = feed.service;
    feed.publish([]);
    put('root.crl', signCrl(root));
    put('others.pem', pem(signCrl(intermediate)));
    expect(await look(refreshWith(strict()))).toBe(true);
    store.held = undefined;
    put('all.txt', pem(signCrl(root)) + pem(signCrl(intermediate)));
    expect(await look(refreshWith({ ...strict(), metadataCrls: join(folder, 'all.txt') }))).toBe(true);
    expect(asked).toEqual([]);
  });

  test('BCB-1.mds · are read again at each look: an expired one is replaced without a restart', async () => {
    const { root, intermediate } = feed.service;
    feed.publish([]);
    put('root.crl', signCrl(root));
    put('intermediate.crl', signCrl(intermediate, { nextUpdate: new Date('2021-01-01') }));
    const refresh = refreshWith(strict());
    await look(refresh);
    expect([store.looks, store.pauses]).toEqual([['revocation_unknown'], [1]]);
    rmSync(folder, { recursive: true });
    expect(await look(refresh)).toBe(false);
    expect(reasonsOf('metadata.crl_unavailable')).toEqual(['file']);
    mkdirSync(folder);
    put('root.crl', signCrl(root));
    put('intermediate.crl', signCrl(intermediate));
    expect(await look(refresh)).toBe(true);
  });

  test('BCB-1.mds · that cannot be read refuse the start', () => {
    const start = (metadataCrls: string) => () => originOf({ metadataCrls });
    expect(start(join(folder, 'nothing'))).toThrow(/COUNTERSIGN_METADATA_CRLS: cannot be read \(ENOENT\)/);
    expect(start(folder)).toThrow(/COUNTERSIGN_METADATA_CRLS: holds no revocation list/);
    put('empty.crl', '');
    put('root.pem', feed.service.root.pem);
    expect(start(folder)).toThrow(/holds no revocation list/);
    put('broken.crl', feed.service.root.certificate);
    expect(start(folder)).toThrow(/holds a revocation list that cannot be read/);
    expect(() => originOf({ metadataRevocation: 'never' })).toThrow();
  });
});
