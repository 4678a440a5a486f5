// Archives of the images that are not ours to ship: what a cluster needs around Countersign. Made once and kept.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeArchive } from '../../image/archive.mjs';
import { USER } from '../../image/rootfs.mjs';
import { cached } from '../../scripts/provision/cache.mjs';
import { provisionParts } from '../../scripts/provision/parts.mjs';
import { root, say } from '../../scripts/lib/workspace.mjs';
import { kafkaRoot } from './kafka.mjs';
import { kmsRoot } from './kms.mjs';
import { postgresRoot } from './postgres.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
/** What each is made by, and of what besides the packages of npm. */
const MAKERS = {
  postgres: { makeRoot: postgresRoot, needs: [] },
  kafka: { makeRoot: kafkaRoot, needs: ['kafka'] },
  kms: { makeRoot: kmsRoot, needs: ['kms'] },
};

/**
 * @template {keyof typeof MAKERS} Name
 * @param {Name[]} names
 * @returns {Promise<Record<Name, string>>} paths of OCI archives
 * @throws Error where a part cannot be had
 */
export async function backendArchives(names = Object.keys(MAKERS), env = process.env) {
  const paths = {};
  for (const name of names) {
    const { makeRoot, needs } = MAKERS[name];
    const parts = await provisionParts(needs, env);
    const folder = await cached(`image-${name}`, pinsOf(parts), (fresh) => make(fresh, name, makeRoot, parts), env);
    paths[name] = join(folder, `${name}.tar`);
  }
  return paths;
}

/** Other programs of ours, other packages, other parts: other images. */
const pinsOf = (parts) => [
  ...Object.values(parts),
  digestOf(join(root, 'package-lock.json')),
  ...readdirSync(HERE)
    .sort()
    .map((name) => digestOf(join(HERE, name))),
];

const digestOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function make(folder, name, makeRoot, parts) {
  say(`Making the image ${name}; this is done once and takes some seconds …`);
  const files = join(folder, 'root');
  mkdirSync(files);
  const entrypoint = makeRoot(files, parts);
  const config = { User: `${USER}:${USER}`, Entrypoint: entrypoint, WorkingDir: '/tmp', Env: ['HOME=/tmp'] };
  const output = join(folder, `${name}.tar`);
  writeArchive({ output, layers: [files], config, created: '1970-01-01T00:00:00Z', reference: name });
  rmSync(files, { recursive: true });
}
