// Puts an image into a registry (OCI distribution specification 1.1, "Push"): one without an account, on the test's network.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageOf, readBlob, unpack } from './archive-file.mjs';

/**
 * @param {string} archive of the image, OCI layout
 * @param {string} host    of the registry, with its port; over https unless it is on loopback
 * @param {string} name    `repository:tag`
 * @throws Error with the answer that was no success
 */
export async function push(archive, host, name) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-push-'));
  try {
    unpack(archive, folder);
    const { entry, manifest } = imageOf(folder);
    const [repository, tag] = name.split(':');
    const base = `${/^(127\.0\.0\.1|localhost)(:|$)/.test(host) ? 'http' : 'https'}://${host}/v2/${repository}`;
    for (const { digest } of [...manifest.layers, manifest.config])
      await pushBlob(base, digest, readBlob(folder, digest));
    const headers = { 'content-type': manifest.mediaType };
    await asked(`${base}/manifests/${tag}`, { method: 'PUT', headers, body: readBlob(folder, entry.digest) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pushBlob(base, digest, content) {
  const there = await fetch(`${base}/blobs/${digest}`, { method: 'HEAD' });
  if (there.ok) return;
  const { headers } = await asked(`${base}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(headers.get('location'), `${base}/`);
  place.searchParams.set('digest', digest);
  const type = { 'content-type': 'application/octet-stream' };
  await asked(place, { method: 'PUT', headers: type, body: content });
}

async function asked(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok)
    throw new Error(`the registry answers ${answer.status} to ${options.method} ${new URL(url).pathname}`);
  return answer;
}
