// Writes what the chart takes from the code: who calls whom, who holds which keys, and what Kafka is to hold.
// `--check` only compares, and ends with exit code 1 when a file is not what the code says. Needs a build, and the Node.js of this project (npx node).
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { declare } from '@countersign/event-bus-kafka';
import { format } from 'prettier';
import { KEY_STORES } from '../../services/standalone/dist/installed-keys.js';

const FOLDER = resolve(import.meta.dirname, '../../charts/countersign/files');
/** Names without a prefix, principals by service: the chart puts its own in front, and says how many partitions. */
const KAFKA = { prefix: '', partitions: 12, development: false, principal: (service) => service };

/** Each pair of caller and service once. */
const edges = () => [...new Map(TOPOLOGY.map(({ from, to }) => [`${from} ${to}`, { from, to }])).values()];

/** What each file is to hold. */
export const chartFiles = () => ({
  'topology.json': { services: SERVICES, keyStores: KEY_STORES, edges: edges() },
  'kafka.json': declare(KAFKA),
});

function kept(name) {
  try {
    return JSON.stringify(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stale = Object.entries(chartFiles()).filter(([name, content]) => kept(name) !== JSON.stringify(content));
  if (process.argv.includes('--check')) {
    for (const [name] of stale)
      console.error(`charts/countersign/files/${name} is not what the code says: npx node infra/charts/topology.mjs`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const [name, content] of stale)
      writeFileSync(join(FOLDER, name), await format(JSON.stringify(content), { parser: 'json', printWidth: 120 }));
  }
}
