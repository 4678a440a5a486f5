// What a process loads before it does anything: every pod, every init container and every command waits for it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { node24, root } from '../scripts/lib/workspace.mjs';

const VENDORS = ['kafkajs', '@aws-sdk', '@smithy', '@azure', 'pkcs11js'];

/** Prints the address of every module that a program has loaded once it is there. */
const LIST = `
  const { registerHooks } = await import('node:module');
  const loaded = new Set();
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
  await import(process.argv[1]);
  process.stdout.write([...loaded].join('\\n'), () => process.exit());`;

async function loadedBy(program) {
  const { stdout } = await promisify(execFile)(node24, ['--input-type=module', '-e', LIST, join(root, program)], {
    maxBuffer: 2 ** 24,
  });
  return stdout.split('\n');
}

test('an installation at work, and with it every service, loads no client of a vendor before its settings choose one', async () => {
  const loaded = await loadedBy('services/standalone/dist/index.js');
  for (const service of ['session', 'gateway', 'enrollment'])
    expect(loaded.some((url) => url.includes(`/services/${service}/dist/service.js`))).toBe(true);
  expect(VENDORS.filter((name) => loaded.some((url) => url.includes(`/node_modules/${name}/`)))).toEqual([]);
});
