// The image of the single Kafka broker for evaluation and tests: Kafka's jars and the Java of this machine.
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node } from './node-program.mjs';
import { add, addLibraries, newRoot } from './root-folder.mjs';

const JAVA = '/usr/local/java';
/** For those who compile. */
const UNUSED = /\/(src\.zip|ct\.sym)$/;

/**
 * @param {string} folder empty, becomes the root of the image
 * @param {{KAFKA_HOME: string, KAFKA_JAVA: string}} kafka as `provisionKafka` found it
 * @returns {string[]} its entrypoint
 */
export function kafkaRoot(folder, { KAFKA_HOME, KAFKA_JAVA }) {
  newRoot(folder);
  const java = dirname(dirname(realpathSync(KAFKA_JAVA)));
  for (const part of ['bin/java', 'lib', 'conf', 'release'])
    add(folder, join(java, part), join(JAVA, part), (path) => UNUSED.test(path));
  add(folder, join(KAFKA_HOME, 'libs'), '/usr/local/kafka/libs');
  add(folder, node, '/usr/local/bin/node');
  // What these do not need only windows and sound do.
  const linked = ['bin/java', 'lib/libjli.so', 'lib/server/libjvm.so'].map((path) => join(JAVA, path));
  addLibraries(folder, ['/usr/local/bin/node', ...linked]);
  add(folder, join(dirname(fileURLToPath(import.meta.url)), 'kafka-entry.mjs'), '/entry.mjs');
  return ['/usr/local/bin/node', '/entry.mjs'];
}
