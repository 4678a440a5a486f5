import { readEnvironment } from './environment.js';
import { startInProcesses } from './processes.js';
import { serve } from './serve.js';

await serve(
  (installation, { replicas }) =>
    startInProcesses(installation, { replicas, otlpEndpoint: readEnvironment().otlpEndpoint }),
  process.argv.slice(2),
);
