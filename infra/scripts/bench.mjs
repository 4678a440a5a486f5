// `npm run bench`: full passkey sign-ins against standalone, server on one core, PostgreSQL and load on the other.
import { flags } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

const upTo = (most) => (value) =>
  /^[1-9]\d{0,8}$/.test(value) && Number(value) <= most ? undefined : `a whole number from 1 to ${most}`;
const PEERS = ['better-auth'];
const values = flags(
  'npm run bench --',
  'Measures full passkey sign-ins: throughput, latency, CPU of server and database, statements, commits.',
  {
    seconds: { type: 'string', check: upTo(9999), help: 'length of each measured load (default 20)' },
    parallel: { type: 'string', check: upTo(9999), help: 'sign-ins at a time in the closed load (default 16)' },
    peer: {
      type: 'string',
      check: (value) => (PEERS.includes(value) ? undefined : `not one of: ${PEERS.join(', ')}`),
      help: 'better-auth: installs it from npm and measures it in the same run, beside us',
    },
    tenants: {
      type: 'string',
      check: upTo(9999),
      help: 'measures an installation of that many tenants beside the small one (default 1000)',
    },
    credentials: {
      type: 'string',
      check: upTo(100_000_000),
      help: 'passkeys over all tenants of that installation (default 1000000)',
    },
    json: { type: 'boolean', help: 'prints one JSON document and nothing else on standard output' },
  },
);

if (values.peer && (values.tenants || values.credentials))
  fail('npm run bench --: --peer and a population are measured in runs of their own', 2);
if (process.platform !== 'linux') fail('npm run bench: CPU is read from /proc and bound by taskset; this needs Linux');
try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`npm run bench: ${error.message}`);
}

const args = Object.entries(values).flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
become([new URL('../../services/bench/dist/main.js', import.meta.url).pathname, ...args]);
