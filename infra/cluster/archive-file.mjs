// An OCI archive as files of a folder, to be read, changed and written again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (folder, name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const blobPath = (digest) => `blobs/${digest.replace(':', '/')}`;

export const unpack = (archive, folder) => void execFileSync('tar', ['-C', folder, '-xf', archive]);

/** @returns the only image of an unpacked archive: its manifest and configuration, parsed */
export function imageOf(folder) {
  const [entry] = read(folder, 'index.json').manifests;
  const manifest = read(folder, blobPath(entry.digest));
  return { entry, manifest, config: read(folder, blobPath(manifest.config.digest)) };
}

export const readBlob = (folder, digest) => readFileSync(join(folder, blobPath(digest)));

/** @returns {{digest: string, size: number}} of what was written */
export function writeBlob(folder, content) {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  writeFileSync(join(folder, blobPath(digest)), content);
  return { digest, size: content.length };
}

/** Writes an image, changed, as the only one of a folder, and the folder as an archive. */
export function pack(folder, { entry, manifest, config }, archive) {
  const json = (document) => writeBlob(folder, Buffer.from(JSON.stringify(document)));
  const changed = { ...manifest, config: { ...manifest.config, ...json(config) } };
  const manifests = [{ ...entry, ...json(changed) }];
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  execFileSync('tar', ['-C', folder, '-cf', archive, 'blobs', 'index.json', 'oci-layout']);
}
