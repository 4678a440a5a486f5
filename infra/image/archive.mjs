// An image in the OCI image layout, as one tar archive. The same files give the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/** Of every file: a layer whose files did not change keeps its digest, whenever it is built. */
const MTIME = '@0';
const SORTED = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=${MTIME}`, '--format=gnu'];

/**
 * @param {object} image
 * @param {string} image.output    path of the archive
 * @param {string[]} image.layers  folders, the lowest first
 * @param {object} image.config    how it runs, as the OCI image configuration has it
 * @param {string} image.created   RFC 3339
 * @param {string} image.reference name in the index, a tag
 * @returns {{digest: string, layers: {digest: string, compressed: number, unpacked: number}[]}}
 *   sizes in bytes
 */
export function writeArchive({ output, layers, config, created, reference }) {
  const work = mkdtempSync(join(dirname(output), '.archive-'));
  try {
    const blobs = blobStore(join(work, 'layout'));
    const written = layers.map((folder) => writeLayer(blobs, folder));
    const manifest = writeManifest(blobs, { written, config, created });
    const name = { 'org.opencontainers.image.ref.name': reference };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations: name }] };
    writeFileSync(join(work, 'layout/index.json'), JSON.stringify(index));
    writeFileSync(join(work, 'layout/oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    tar(join(work, 'archive.tar'), join(work, 'layout'), '--mode=u=rwX,go=rX');
    renameSync(join(work, 'archive.tar'), output);
    return { digest: manifest.digest, layers: written };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeManifest(blobs, { written, config, created }) {
  const platform = { architecture: ARCHITECTURES[process.arch], os: 'linux' };
  const rootfs = { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) };
  const document = { created, ...platform, config, rootfs };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, ...blobs.json(document) },
    layers: written.map(({ digest, compressed }) => ({ mediaType: LAYER, digest, size: compressed })),
    annotations: config.Labels,
  };
  return { mediaType: MANIFEST, ...blobs.json(manifest), platform };
}

function writeLayer(blobs, folder) {
  const file = `${folder}.tar`;
  tar(file, folder);
  const bytes = readFileSync(file);
  rmSync(file);
  const { digest, size } = blobs.bytes(gzipSync(bytes));
  return { digest, diffId: digestOf(bytes), compressed: size, unpacked: bytes.length };
}

function blobStore(layout) {
  const folder = join(layout, 'blobs/sha256');
  mkdirSync(folder, { recursive: true });
  const bytes = (content) => {
    const digest = digestOf(content);
    writeFileSync(join(folder, digest.replace('sha256:', '')), content);
    return { digest, size: content.length };
  };
  return { bytes, json: (document) => bytes(Buffer.from(JSON.stringify(document))) };
}

const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Everything in the folder, but not the folder itself. */
function tar(file, folder, ...options) {
  execFileSync('tar', [...SORTED, ...options, '-C', folder, '-cf', file, '--', ...readdirSync(folder).sort()]);
}
