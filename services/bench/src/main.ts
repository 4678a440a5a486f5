import { enrollCustomers, ORIGIN } from './customers.js';
import { es256VerifyMs } from './es256.js';
import { readFlags } from './flags.js';
import { startMeasured } from './installation.js';
import { Client, closedLoad, openLoad, percentile, type LoadResult } from './load.js';
import { perSignIn, read } from './meters.js';
import { print, type Report } from './report.js';

const PORT = 8600;
const CUSTOMERS = 400;
const WARM_UP_SECONDS = 5;

const flags = readFlags(process.argv.slice(2));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const latencies = ({ latencies: sorted }: LoadResult): { p50Ms: number; p95Ms: number; p99Ms: number } => ({
  p50Ms: percentile(sorted, 50),
  p95Ms: percentile(sorted, 95),
  p99Ms: percentile(sorted, 99),
});

say('starting the server on one core, PostgreSQL and the load on the other …');
const measured = await startMeasured(PORT);
const verifyBefore = es256VerifyMs();
say(`enrolling ${CUSTOMERS} customers …`);
const customers = await enrollCustomers(measured.url, PORT, measured.tenant, CUSTOMERS);
const client = new Client(PORT, measured.tenant.nativeClientId, ORIGIN);
await closedLoad(client, customers, flags.parallel, WARM_UP_SECONDS);
say(`closed load, ${flags.parallel} at a time, ${flags.seconds} s …`);
const before = await read(measured);
const closed = await closedLoad(client, customers, flags.parallel, flags.seconds);
const cost = perSignIn(before, await read(measured), closed.signIns);
const perSecond = Math.max(1, Math.floor(closed.signIns / closed.seconds / 2));
say(`open load, ${perSecond} a second, ${flags.seconds} s …`);
const open = await openLoad(client, customers, perSecond, flags.seconds);
client.close();
await measured.stop();

const report: Report = {
  signInsPerSecond: closed.signIns / closed.seconds,
  ...latencies(closed),
  serverCpuMs: cost.serverMs,
  databaseCpuMs: cost.databaseMs,
  es256VerifyMs: (verifyBefore + es256VerifyMs()) / 2,
  statements: cost.statements,
  commits: cost.commits,
  backgroundCommits: cost.backgroundCommits,
  walBytes: cost.walBytes,
  errors: closed.errors + open.errors,
  open: { perSecond, ...latencies(open), errors: open.errors },
  statementsByName: cost.statementsByName,
};
if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else print(report);
process.exit(report.errors === 0 ? 0 : 1);
