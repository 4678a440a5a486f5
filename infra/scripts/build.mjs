import { ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(error.message);
}
