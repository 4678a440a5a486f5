// Generates the Prisma client of every service that has prisma/schema.prisma, when that file or Prisma changed.
// Without dependencies of its own; needs no network: the engine Prisma would fetch is for migrations, which we run otherwise.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const cache = join(root, 'node_modules/.cache/countersign');
const prisma = join(root, 'node_modules/prisma');

const owners = () =>
  [
    ...readdirSync(join(root, 'services')).map((name) => join(root, 'services', name)),
    join(root, 'libs/database/test/fixture'),
  ].filter((folder) => existsSync(join(folder, 'prisma/schema.prisma')));

/** Generates what is out of date and returns the folders it did it for. */
export async function generatePrisma() {
  const stale = owners()
    .map((folder) => ({ folder, stamp: stampFile(folder), digest: digest(folder) }))
    .filter(({ folder, stamp, digest }) => !isCurrent(folder, stamp, digest));
  await Promise.all(stale.map(({ folder }) => generate(folder)));
  mkdirSync(cache, { recursive: true });
  for (const { stamp, digest } of stale) writeFileSync(stamp, digest);
  return stale.map(({ folder }) => relative(root, folder));
}

const stampFile = (folder) => join(cache, `prisma-${relative(root, folder).replaceAll(/[\\/]/g, '-')}`);

const digest = (folder) =>
  createHash('sha256')
    .update(readFileSync(join(prisma, 'package.json')))
    .update(readFileSync(join(folder, 'prisma/schema.prisma')))
    .digest('hex');

const isCurrent = (folder, stamp, digest) =>
  existsSync(join(folder, 'src/store/prisma/client.ts')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;

function generate(folder) {
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
  const child = spawn(
    process.execPath,
    [join(prisma, 'build/index.js'), 'generate', '--schema', 'prisma/schema.prisma'],
    {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`prisma generate failed in ${relative(root, folder)}:\n${Buffer.concat(output)}`)),
    );
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const generated = await generatePrisma();
  console.log(
    generated.length === 0 ? 'Prisma clients are current' : `Prisma clients generated: ${generated.join(', ')}`,
  );
}
