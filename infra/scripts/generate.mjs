// Regenerates what is generated and committed: contracts out of proto/.
import { join } from 'node:path';
import { flags } from './lib/flags.mjs';
import { ensureInstalled, fail, root, run, withNode24 } from './lib/workspace.mjs';

const BASELINE = ['build', '--exclude-source-info', '--exclude-imports', '--output', 'proto/baseline.binpb'];

const values = flags('npm run generate --', 'Generates TypeScript out of the protobuf contracts.', {
  baseline: {
    type: 'boolean',
    help: 'also records the contracts as published: from now on nothing in them may break; part of a release',
  },
});

try {
  await ensureInstalled();
  const buf = (args) => run(join(root, 'node_modules/.bin/buf'), args, { env: withNode24() });
  if (values.baseline) await buf(['breaking', '--against', 'proto/baseline.binpb']);
  await buf(['generate']);
  if (values.baseline) await buf(BASELINE);
} catch (error) {
  fail(`npm run generate: ${error.message}`);
}
