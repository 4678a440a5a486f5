// Makes the image out of what `npm run build` left: the folders of its files, the list of its parts, the archive.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, say } from '../scripts/lib/workspace.mjs';
import { writeArchive } from './archive.mjs';
import { packagesOf } from './packages.mjs';
import { LAYERS, USER, writeRootfs } from './rootfs.mjs';
import { sbomOf } from './sbom.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const node = process.execPath;

const { values } = parseArgs({ options: { output: { type: 'string' }, 'rootfs-only': { type: 'boolean' } } });
const output = resolve(values.output ?? join(root, 'dist/image', `countersign-${version}.tar`));
const sbom = `${output.replace(/\.tar$/, '')}.cdx.json`;

try {
  mkdirSync(dirname(output), { recursive: true });
  if (values['rootfs-only']) writeFiles(join(root, 'dist/image/rootfs'));
  else makeArchive();
} catch (error) {
  fail(`npm run image: ${error.message}`);
}

function makeArchive() {
  const image = described();
  const rootfs = mkdtempSync(join(dirname(output), '.rootfs-'));
  try {
    writeFiles(rootfs);
    tell(writeArchive({ output, layers: LAYERS.map((layer) => join(rootfs, layer)), ...image }));
  } finally {
    rmSync(rootfs, { recursive: true, force: true });
  }
}

/** The files of the image, and beside the archive the list of what they are. */
function writeFiles(rootfs) {
  const packages = packagesOf(root);
  const system = writeRootfs({ root, folder: rootfs, node, packages });
  writeFileSync(sbom, `${JSON.stringify(sbomOf({ version, node, packages, system }), null, 1)}\n`);
}

/** How it runs, and where it comes from. */
function described() {
  const { created, revision } = origin();
  return {
    created,
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

/** The commit, and its time unless SOURCE_DATE_EPOCH gives another. @throws Error outside of a clone */
function origin() {
  try {
    const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct'));
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-changed';
    return { created: new Date(seconds * 1000).toISOString(), revision: git('rev-parse', 'HEAD') + changed };
  } catch (error) {
    throw new Error(`the image says which commit it is of, and there is none: ${error.message.split('\n')[0]}`);
  }
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function tell({ digest, layers }) {
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);
  const row = (name, { compressed, unpacked }) =>
    `${name.padEnd(12)}  ${megabytes(compressed)}  ${megabytes(unpacked)}`;
  const sum = (key) => layers.reduce((total, layer) => total + layer[key], 0);
  say('layer         compressed   unpacked');
  for (const [at, layer] of layers.entries()) say(`${row(LAYERS[at], layer)}  ${layer.digest}`);
  say(row('all', { compressed: sum('compressed'), unpacked: sum('unpacked') }));
  for (const path of [output, sbom]) say(`${relative(process.cwd(), path)}  ${megabytes(statSync(path).size).trim()}`);
  process.stdout.write(`${digest}\n`);
}
