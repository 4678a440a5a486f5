// `npm start`: installs what is missing, builds what changed, starts every service in one process.
import { flags, folderProblem, portProblem } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

const values = flags(
  'npm start --',
  'Starts Countersign with a demo bank and an embedded PostgreSQL, and runs the journey once.',
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
    once: { type: 'boolean', help: 'ends after the journey' },
    json: { type: 'boolean', help: 'prints one JSON document of the steps and nothing else on standard output' },
  },
);

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`npm start: ${error.message}`);
}

const args = Object.entries(values).flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
become([
  '--enable-source-maps',
  '--import',
  '@countersign/platform/telemetry',
  new URL('../../services/standalone/dist/main.js', import.meta.url).pathname,
  ...args,
]);
