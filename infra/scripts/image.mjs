// `npm run image`: builds what changed and makes the container image; no container engine is needed.
import { flags } from './lib/flags.mjs';
import { become, ensureBuilt, ensureInstalled, fail } from './lib/workspace.mjs';

const values = flags('npm run image --', 'Makes the container image as an OCI archive, and prints its digest.', {
  output: {
    type: 'string',
    check: (path) => (path.trim() === '' ? 'names no file' : undefined),
    help: 'path of the archive (default dist/image/countersign-<version>.tar)',
  },
  'rootfs-only': {
    type: 'boolean',
    help: 'only the folders of its files, in dist/image/rootfs: what the Dockerfile copies',
  },
});

if (process.platform !== 'linux')
  fail('npm run image: the image holds libraries of the system it is made on: use Linux');
try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  fail(`npm run image: ${error.message}`);
}

const args = Object.entries(values).flatMap(([key, value]) => (value === true ? [`--${key}`] : [`--${key}`, value]));
become([new URL('../image/image.mjs', import.meta.url).pathname, ...args]);
