// The entrypoint of the container image.
import { constants } from 'node:os';
import { setSourceMapsSupport } from 'node:module';

// Process 1 of a container has no default action for signals. A service drains by handlers of its own, once it runs.
const end = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);
process.on('SIGTERM', end).on('SIGINT', end);

setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
// Before anything that it instruments.
await import('@countersign/platform/telemetry');
const { SERVICES_HELP, asked } = await import('./asked.js');

const target = asked(process.argv.slice(2));
if (typeof target === 'object') {
  await import(new URL('main.js', import.meta.resolve(`@countersign/${target.service}`)).href);
  process.off('SIGTERM', end).off('SIGINT', end);
} else {
  if (target === 'help') process.stdout.write(`${SERVICES_HELP.join('\n')}\n`);
  await import('../cli/main.js');
}
