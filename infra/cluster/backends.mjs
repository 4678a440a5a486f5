// Prints where the archives of the images are in which an evaluation's PostgreSQL and Kafka run; makes them the first time.
import { flags } from '../scripts/lib/flags.mjs';
import { ensureInstalled, fail } from '../scripts/lib/workspace.mjs';
import { backendArchives } from './images/archives.mjs';

const NAME = 'node infra/cluster/backends.mjs';
const SUMMARY =
  'Prints the archives of the images of PostgreSQL and Kafka for the profile evaluation, and makes them the first time.';
const { kms } = flags(NAME, SUMMARY, {
  kms: { type: 'boolean', help: 'a server that speaks the protocol of AWS KMS as well, for infra/compose' },
});

try {
  await ensureInstalled();
  const names = ['postgres', 'kafka', ...(kms ? ['kms'] : [])];
  const archives = await backendArchives(names);
  for (const name of names) process.stdout.write(`${archives[name]}\n`);
} catch (error) {
  fail(`${NAME}: ${error.message}`);
}
