// Every image the tests on a cluster use, and how the cluster gets them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, root, run, say, withNode24 } from '../scripts/lib/workspace.mjs';
import { backendArchives } from './images/archives.mjs';
import { push } from './registry.mjs';
import { writeVariant } from './variant.mjs';

const REPOSITORY = 'countersign/countersign';
const MIGRATIONS = 'app/services/session/prisma/migrations/20991231000000_of_a_test';

/** The same build, as upgrades: a plain one, one whose migration fails, and one with that migration corrected. */
const VARIANTS = {
  now: {},
  next: {},
  broken: { [`${MIGRATIONS}/migration.sql`]: 'alter table session.there_is_no_such_table add column fault text;\n' },
  mended: { [`${MIGRATIONS}/migration.sql`]: 'create table session.of_a_test (id integer primary key);\n' },
};

/**
 * Builds all images and brings them to the cluster.
 * @param {{load?: string, registry?: string}} way a command with `{archive}` and `{name}` in it, or a registry's host
 * @returns {Promise<Record<string, string>>} variables for the environment of the specs: names by CLUSTER_IMAGE_…
 */
export async function provideImages(way, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-images-'));
  try {
    const archives = { ...(await ownArchives(folder)), ...(await backends(env)) };
    const names = {};
    for (const [name, archive] of Object.entries(archives)) {
      say(`Loading ${name} …`);
      await bring(way, archive, name);
      names[variableFor(name)] = way.registry ? `${way.registry}/${name}` : name;
    }
    return names;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tag that no earlier run used: a node that has an image of this name keeps it. */
const RUN = Date.now().toString(36);

async function ownArchives(folder) {
  const archive = join(folder, 'image.tar');
  say('Building the image …');
  await run(node24, ['infra/image/image.mjs', '--output', archive], { cwd: root, env: withNode24() });
  return Object.fromEntries(
    Object.entries(VARIANTS).map(([variant, files]) => {
      const output = join(folder, `${variant}.tar`);
      writeVariant(archive, output, `${variant}-${RUN}`, files);
      return [`${REPOSITORY}:${variant}-${RUN}`, output];
    }),
  );
}

async function backends(env) {
  const archives = await backendArchives(undefined, env);
  return Object.fromEntries(Object.entries(archives).map(([name, path]) => [`countersign/${name}:evaluation`, path]));
}

/** CLUSTER_IMAGE_NOW of `countersign/countersign:now-…`, CLUSTER_IMAGE_KAFKA of `countersign/kafka:evaluation`. */
function variableFor(name) {
  const [repository, tag] = name.split(':');
  const word = repository === REPOSITORY ? tag.split('-')[0] : repository.split('/')[1];
  return `CLUSTER_IMAGE_${word.toUpperCase()}`;
}

async function bring({ load, registry }, archive, name) {
  if (registry) return push(archive, registry, name);
  const command = load.replaceAll('{archive}', archive).replaceAll('{name}', name);
  const { status, stderr } = spawnSync(command, { shell: true, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`--image-load: ${command} ended with ${status}: ${stderr.trim().split('\n').at(-1)}`);
}
