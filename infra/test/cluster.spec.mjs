import { afterAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageOf, unpack } from '../cluster/archive-file.mjs';
import { push } from '../cluster/registry.mjs';
import { writeVariant } from '../cluster/variant.mjs';
import { writeArchive } from '../image/archive.mjs';
import { root } from '../scripts/lib/workspace.mjs';

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const place = mkdtempSync(join(tmpdir(), 'countersign-cluster-test-'));
const newFolder = () => mkdtempSync(join(place, 'folder-'));

afterAll(() => rmSync(place, { recursive: true, force: true }));

function newArchive() {
  const folder = newFolder();
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files/program'), 'text');
  const archive = join(folder, 'image.tar');
  const config = { Entrypoint: ['/program'], Labels: { kept: 'yes' } };
  writeArchive({
    output: archive,
    layers: [join(folder, 'files')],
    config,
    created: '2026-01-01T00:00:00Z',
    reference: '1',
  });
  return archive;
}

function opened(archive) {
  const folder = newFolder();
  unpack(archive, folder);
  return { folder, ...imageOf(folder) };
}

/** A registry that keeps what it gets and refuses a blob that is not what its digest says. */
async function startRegistry() {
  const [blobs, manifests] = [new Map(), new Map()];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url, 'http://registry');
    const end = (status, headers = {}) => response.writeHead(status, headers).end();
    const name = url.pathname.split('/').at(-1);
    if (request.method === 'HEAD') return end(blobs.has(name) ? 200 : 404);
    if (request.method === 'POST') return end(202, { location: '/v2/shop/api/blobs/uploads/one?state=x' });
    if (url.pathname.includes('/manifests/')) return manifests.set(name, body) && end(201);
    if (digestOf(body) !== url.searchParams.get('digest') || url.searchParams.get('state') !== 'x') return end(400);
    blobs.set(digestOf(body), body);
    return end(201);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => new Promise((resolve) => server.close(resolve));
  return { blobs, manifests, host: `127.0.0.1:${server.address().port}`, stop };
}

describe('images of the tests on a cluster', () => {
  test('a variant has another digest, keeps what the image is, and holds the further files', () => {
    const archive = newArchive();
    const output = join(newFolder(), 'variant.tar');
    writeVariant(archive, output, 'next', { 'app/more.txt': 'more' });
    const [before, after] = [opened(archive), opened(output)];
    expect(after.entry.digest).not.toBe(before.entry.digest);
    expect(after.config.config).toMatchObject({ Entrypoint: ['/program'], Labels: { kept: 'yes' } });
    expect(after.manifest.layers).toHaveLength(2);
    expect(after.config.rootfs.diff_ids).toHaveLength(2);
    const layer = join(after.folder, `blobs/${after.manifest.layers[1].digest.replace(':', '/')}`);
    expect(execFileSync('tar', ['-xzOf', layer, './app/more.txt'], { encoding: 'utf8' })).toBe('more');
  });

  test('an image in a registry is its manifest, its configuration and its layers', async () => {
    const shelf = await startRegistry();
    try {
      const archive = newArchive();
      await push(archive, shelf.host, 'shop/api:1');
      const { entry, manifest } = opened(archive);
      expect(digestOf(shelf.manifests.get('1'))).toBe(entry.digest);
      const digests = [...manifest.layers, manifest.config].map(({ digest }) => digest);
      expect([...shelf.blobs.keys()].sort()).toEqual(digests.sort());
    } finally {
      await shelf.stop();
    }
  });

  test('a registry that refuses ends it, with its answer', async () => {
    const server = createServer((_, response) => response.writeHead(403).end());
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const pushed = push(newArchive(), `127.0.0.1:${server.address().port}`, 'shop/api:1');
      await expect(pushed).rejects.toThrow('the registry answers 403 to POST /v2/shop/api/blobs/uploads/');
    } finally {
      server.close();
    }
  });
});

test('the command for an evaluation’s images makes nothing when it is asked for what it does not know', () => {
  const run = (...args) =>
    spawnSync(process.execPath, [join(root, 'infra/cluster/backends.mjs'), ...args], { encoding: 'utf8' });
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('PostgreSQL and Kafka') });
  expect(run('--redis')).toMatchObject({ status: 2, stdout: '' });
});

describe('npm run test:cluster', () => {
  const refusal = (env, ...args) => {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'KUBECONFIG'));
    const run = [join(root, 'infra/cluster/test.mjs'), ...args];
    const { status, stderr } = spawnSync(process.execPath, run, { env: { ...clean, ...env }, encoding: 'utf8' });
    return [status, stderr.trim()];
  };

  test.each([
    ['KUBECONFIG names no cluster', {}, ['--registry', 'localhost:5000']],
    ['KUBECONFIG names no file: /nowhere', { KUBECONFIG: '/nowhere' }, ['--registry', 'localhost:5000']],
    ['one of --image-load and --registry (see --help)', { KUBECONFIG: join(root, 'package.json') }, []],
    ['--image-load: has no {archive} or no {name}', {}, ['--image-load', 'load']],
  ])('refuses at once where %s', (problem, env, args) => {
    const [status, message] = refusal(env, ...args);
    expect(status).toBe(2);
    expect(message).toContain(problem);
  });
});
