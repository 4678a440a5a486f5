import { statementCounts } from '@countersign/database';
import { openDataDir, startInOneProcess, type Installation } from '@countersign/standalone';
import { createBenchTenant } from './tenant.js';

// The measured process: every service, started from settings another process prepared, so that PostgreSQL is not its child.
const prepared = JSON.parse(process.argv[2]!) as { settings: Record<string, Record<string, unknown>>; dataDir: string };
const installation = {
  data: openDataDir(prepared.dataDir),
  settingsFor: (service: string) => prepared.settings[service]!,
} as unknown as Installation;

const services = await startInOneProcess(installation, 'warn');
const tenant = await createBenchTenant(services.control);
process.on('message', () => process.send!({ statements: Object.fromEntries(statementCounts()) }));
process.once('disconnect', () => void services.stop().then(() => process.exit(0)));
process.send!({ tenant });
