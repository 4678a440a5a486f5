// `npm run countersign -- <command>`: the command line of an installation on this machine.
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`countersign: ${error.message}`);
}
become([new URL('../../services/standalone/dist/cli/main.js', import.meta.url).pathname, ...process.argv.slice(2)]);
