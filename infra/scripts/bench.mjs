// `npm run bench`: full passkey sign-ins against standalone, server on one core, PostgreSQL and load on the other.
import { flags } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

const positive = (value) => (/^[1-9]\d{0,3}$/.test(value) ? undefined : 'a whole number from 1 to 9999');
const values = flags(
  'npm run bench --',
  'Measures full passkey sign-ins: throughput, latency, CPU of server and database, statements, commits.',
  {
    seconds: { type: 'string', check: positive, help: 'length of each measured load (default 20)' },
    parallel: { type: 'string', check: positive, help: 'sign-ins at a time in the closed load (default 16)' },
    json: { type: 'boolean', help: 'prints one JSON document and nothing else on standard output' },
  },
);

if (process.platform !== 'linux') fail('npm run bench: CPU is read from /proc and bound by taskset; this needs Linux');
try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`npm run bench: ${error.message}`);
}

const args = Object.entries(values).flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
become([new URL('../../services/bench/dist/main.js', import.meta.url).pathname, ...args]);
