// `npm run start:services`: the same installation with one operating-system process per service, gRPC and mutual TLS.
import { flags, folderProblem, portProblem } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';
import { provisionKafka } from './provision/kafka.mjs';

const values = flags(
  'npm run start:services --',
  'Starts one process per service with mutual TLS between them, and runs the journey once.',
  {
    port: {
      type: 'string',
      check: portProblem,
      help: 'port of the API; the demo bank takes the next one (default 8400)',
    },
    'data-dir': {
      type: 'string',
      check: folderProblem,
      help: 'where data and keys are kept (default .countersign in the project)',
    },
    replicas: {
      type: 'string',
      check: (value) => (/^[1-4]$/.test(value) ? undefined : 'from 1 to 4'),
      help: 'processes of each service (default 1); gateways take port, port+2, …',
    },
    kafka: {
      type: 'boolean',
      help: 'events go over Apache Kafka, which is brought and started (data by default in .countersign-kafka)',
    },
    once: { type: 'boolean', help: 'ends after the journey' },
    json: { type: 'boolean', help: 'prints one JSON document of the steps and nothing else on standard output' },
  },
);

const env = { ...process.env };
try {
  if (values.kafka) Object.assign(env, await provisionKafka());
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`npm run start:services: ${error.message}`);
}

const args = Object.entries(values).flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
become(
  [
    '--enable-source-maps',
    new URL('../../services/standalone/dist/main-processes.js', import.meta.url).pathname,
    ...args,
  ],
  env,
);
