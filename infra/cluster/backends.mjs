// Prints where the archives of the images are in which an evaluation's PostgreSQL and Kafka run; makes them the first time.
import { flags } from '../scripts/lib/flags.mjs';
import { ensureInstalled, fail } from '../scripts/lib/workspace.mjs';
import { backendArchives } from './images/archives.mjs';

const NAME = 'node infra/cluster/backends.mjs';
const SUMMARY =
  'Prints the archives of the images of PostgreSQL and Kafka for the profile evaluation, and makes them the first time.';
flags(NAME, SUMMARY, {});

try {
  await ensureInstalled();
  const { postgres, kafka } = await backendArchives(['postgres', 'kafka']);
  process.stdout.write(`${postgres}\n${kafka}\n`);
} catch (error) {
  fail(`${NAME}: ${error.message}`);
}
