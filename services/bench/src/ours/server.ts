import { statementCounts } from '@countersign/database';
import { openDataDir, startInOneProcess, type Installation } from '@countersign/standalone';
import type { Question } from './server-process.js';
import { createBenchTenant, type BenchTenant } from './tenant.js';

const AT_A_TIME = 8;

// The measured process: every service, started from settings another process prepared, so that PostgreSQL is not its child.
const prepared = JSON.parse(process.argv[2]!) as { settings: Record<string, Record<string, unknown>>; dataDir: string };
const installation = {
  data: openDataDir(prepared.dataDir),
  settingsFor: (service: string) => prepared.settings[service]!,
} as unknown as Installation;

const services = await startInOneProcess(installation, 'warn');

/** Several at a time: while services take in one tenant's configuration, the next change can be signed. */
async function createTenants(slugs: readonly string[]): Promise<BenchTenant[]> {
  const tenants: BenchTenant[] = [];
  const left = [...slugs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift())
      tenants[next[0]] = await createBenchTenant(services.control, next[1]);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return tenants;
}

process.on('message', (question: Question) => {
  if (question.ask === 'statements') process.send!(Object.fromEntries(statementCounts()));
  // A tenant that cannot be made ends the process, and with it the run.
  else void createTenants(question.slugs).then((tenants) => process.send!(tenants));
});
process.once('disconnect', () => void services.stop().then(() => process.exit(0)));
process.send!('started');
