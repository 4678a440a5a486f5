// One process that works on a key file: `key-process.ts create|churn <file> <master key file> [names…]`.
import { openFileKeyStore } from '../src/index.js';

const [task, file, masterKeyFile, ...names] = process.argv.slice(2) as [string, string, string, ...string[]];
const store = openFileKeyStore({ file, masterKeyFile });

if (task === 'create') {
  const made = [];
  for (const name of names) made.push(await store.publicKey((await store.create(name, 'sign')).id));
  process.stdout.write(JSON.stringify(made));
} else {
  await store.create('caller', 'sign');
  process.stdout.write('churning\n');
  for (;;) await store.activate((await store.prepare('caller')).id);
}
