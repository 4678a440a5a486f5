import { readEnvironment } from './environment.js';
import { startInProcesses } from './processes.js';
import { serve } from './serve.js';

await serve(
  (installation, { replicas }, signal) =>
    startInProcesses(installation, { replicas, otlpEndpoint: readEnvironment().otlpEndpoint, signal }),
  process.argv.slice(2),
);
