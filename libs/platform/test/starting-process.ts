// A service that never gets ready: its module waits for something that does not come.
import { baseSettings, describeService, runService } from '../src/index.js';

setInterval(() => undefined, 1_000);
const module = (): Promise<never> => {
  process.stdout.write('starting\n');
  return new Promise(() => undefined);
};
await runService(describeService({ name: 'challenge', settings: baseSettings, definitions: [], module }));
