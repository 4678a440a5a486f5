// `npm run bench:keys`: signatures per second and their latency, for each driver of the key store.
import { flags } from './lib/flags.mjs';
import { become, ensureInstalled, fail } from './lib/workspace.mjs';
import { provisionParts } from './provision/parts.mjs';

flags(
  'npm run bench:keys --',
  'Measures ES256 signatures of each key driver: per second, median and 95th percentile.',
  {},
);
try {
  await ensureInstalled();
  const env = await provisionParts(['softhsm', 'kms']);
  const sources = new URL('../../libs/keys-file/test/from-sources.mjs', import.meta.url).pathname;
  const program = new URL('lib/measure-keys.mjs', import.meta.url).pathname;
  const node = ['--experimental-transform-types', '--no-warnings', '--import', sources];
  become([...node, program], { ...process.env, ...env });
} catch (error) {
  fail(`npm run bench:keys: ${error.message}`);
}
