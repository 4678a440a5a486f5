// Makes the image out of what `npm run build` left: folders, archive, list of parts.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, say } from '../scripts/lib/workspace.mjs';
import { writeArchive } from './archive.mjs';
import { packagesOf } from './packages.mjs';
import { LAYERS, USER, writeRootfs } from './rootfs.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

const { values } = parseArgs({ options: { output: { type: 'string' }, 'rootfs-only': { type: 'boolean' } } });
const folder = join(root, 'dist/image');
const output = values.output ?? join(folder, `countersign-${version}.tar`);

try {
  const packages = packagesOf(root);
  writeRootfs({ root, folder: join(folder, 'rootfs'), node: process.execPath, packages });
  if (!values['rootfs-only']) tell(writeArchive(image()));
} catch (error) {
  fail(`npm run image: ${error.message}`);
}

function image() {
  const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct'));
  const revision = git('rev-parse', 'HEAD') + (git('status', '--porcelain', '-uno') ? '-dirty' : '');
  return {
    output,
    layers: LAYERS.map((layer) => join(folder, 'rootfs', layer)),
    created: new Date(seconds * 1000).toISOString(),
    reference: version,
    config: {
      User: `${USER}:${USER}`,
      ExposedPorts: { '7000/tcp': {}, '7001/tcp': {}, '8080/tcp': {} },
      Env: ['PATH=/usr/local/bin', 'NODE_ENV=production', 'HOME=/tmp'],
      Entrypoint: ['/usr/local/bin/node', '/app/countersign.mjs'],
      WorkingDir: '/tmp',
      Labels: {
        'org.opencontainers.image.title': 'countersign',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.revision': revision,
      },
    },
  };
}

function tell({ digest, compressed, layers }) {
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);
  const rows = layers.map((layer, at) => [
    LAYERS[at],
    megabytes(layer.compressed),
    megabytes(layer.unpacked),
    layer.digest,
  ]);
  const unpacked = layers.reduce((sum, layer) => sum + layer.unpacked, 0);
  say(`layer         compressed   unpacked`);
  for (const [name, small, large, id] of rows) say(`${name.padEnd(13)} ${small}  ${large}  ${id}`);
  say(`${'all'.padEnd(13)} ${megabytes(compressed)}  ${megabytes(unpacked)}`);
  say(relative(process.cwd(), output));
  process.stdout.write(`${digest}\n`);
}
