// Writes what the chart takes from the code: who calls whom, who holds which keys, and what Kafka is to hold.
// `--check` only compares, and ends with exit code 1 when a file is not what the code says. Needs a build.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { declare } from '@countersign/event-bus-kafka';
import { KEY_STORES } from '../../services/standalone/dist/installed-keys.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../charts/countersign/files');

/** Each pair of caller and service once. */
function edges() {
  const pairs = new Map(TOPOLOGY.map(({ from, to }) => [`${from} ${to}`, { from, to }]));
  return [...pairs.values()].filter(({ from, to }) => from !== to);
}

/** Names without a prefix, principals by service: the chart puts its own in front. */
function kafka() {
  const options = { prefix: '', partitions: 12, development: false, principal: (service) => service };
  const { topics, permissions } = declare(options);
  return { topics, permissions };
}

/** What each file is to hold. */
export const chartFiles = () => ({
  'topology.json': { services: SERVICES, keyStores: KEY_STORES, edges: edges() },
  'kafka.json': kafka(),
});

const textOf = (content) => `${JSON.stringify(content, null, 2)}\n`;

function differing() {
  return Object.entries(chartFiles()).filter(([name, content]) => {
    try {
      return readFileSync(join(folder, name), 'utf8') !== textOf(content);
    } catch {
      return true;
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = differing();
  if (process.argv.includes('--check')) {
    for (const [name] of stale)
      console.error(`charts/countersign/files/${name} is not what the code says: run node infra/charts/topology.mjs`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of stale) writeFileSync(join(folder, name), textOf(content));
  }
}
