// Regenerates what is generated and committed: contracts out of proto/.
import { join } from 'node:path';
import { ensureInstalled, fail, root, run, withNode24 } from './lib/workspace.mjs';

try {
  await ensureInstalled();
  await run(join(root, 'node_modules/.bin/buf'), ['generate'], { env: withNode24() });
} catch (error) {
  fail(error.message);
}
