// Prints where the archives of the images are in which an evaluation's PostgreSQL and Kafka run; makes them the first time.
import { ensureInstalled, fail } from '../scripts/lib/workspace.mjs';
import { backendArchives } from './images/archives.mjs';

try {
  await ensureInstalled();
  const { postgres, kafka } = await backendArchives();
  process.stdout.write(`${postgres}\n${kafka}\n`);
} catch (error) {
  fail(`node infra/cluster/backends.mjs: ${error.message}`);
}
