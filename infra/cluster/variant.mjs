// The same build as another image: what an upgrade installs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { imageOf, pack, unpack, writeBlob } from './archive-file.mjs';

/**
 * Writes a variant of an image: with a label of its own, so that its digest is another one, and with further files.
 * @param {string} archive  of the image
 * @param {string} output   path of the new archive
 * @param {string} name     value of the label
 * @param {Record<string, string>} [files] texts by their paths in the image
 */
export function writeVariant(archive, output, name, files = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-variant-'));
  try {
    unpack(archive, folder);
    const image = imageOf(folder);
    image.config.config.Labels = { ...image.config.config.Labels, 'countersign.variant': name };
    if (Object.keys(files).length > 0) addLayer(folder, image, files);
    pack(folder, image, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function addLayer(folder, { manifest, config }, files) {
  const layer = join(folder, 'layer');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(layer, path)), { recursive: true });
    writeFileSync(join(layer, path), text);
  }
  execFileSync('tar', ['--owner=0', '--group=0', '-C', layer, '-cf', `${layer}.tar`, '.']);
  const bytes = readFileSync(`${layer}.tar`);
  manifest.layers.push({ mediaType: manifest.layers[0].mediaType, ...writeBlob(folder, gzipSync(bytes)) });
  config.rootfs.diff_ids.push(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}
