import { startInOneProcess } from './in-one-process.js';
import { readEnvironment } from './environment.js';
import { serve } from './serve.js';

await serve((installation) => startInOneProcess(installation, readEnvironment().logLevel), process.argv.slice(2));
