// `npm run bench:events`: events per second and their delay from outbox to log, over PostgreSQL and over Kafka; sign-ins beside.
import { flags } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';
import { provisionParts } from './provision/parts.mjs';

const upTo = (most) => (value) =>
  /^[1-9]\d{0,8}$/.test(value) && Number(value) <= most ? undefined : `a whole number from 1 to ${most}`;
const PARTS = ['events', 'sign-ins'];
const values = flags(
  'npm run bench:events --',
  'Measures events from the outbox to the log over PostgreSQL and over Kafka, and sign-ins with Kafka beside those without.',
  {
    events: { type: 'string', check: upTo(1_000_000), help: 'that are committed at once (default 50000)' },
    seconds: { type: 'string', check: upTo(9999), help: 'length of each steady load (default 15)' },
    only: {
      type: 'string',
      check: (value) => (PARTS.includes(value) ? undefined : `not one of: ${PARTS.join(', ')}`),
      help: `one of the two: ${PARTS.join(', ')}`,
    },
  },
);

if (process.platform !== 'linux') fail('npm run bench:events: CPU is bound by taskset; this needs Linux');
try {
  await ensureInstalled();
  await ensureBuilt();
  const env = await provisionParts(['kafka']);
  const args = Object.entries(values).flatMap(([key, value]) => [`--${key}`, value]);
  become([new URL('../../services/bench/dist/events/main.js', import.meta.url).pathname, ...args], {
    ...process.env,
    ...env,
  });
} catch (error) {
  fail(`npm run bench:events: ${error.message}`);
}
