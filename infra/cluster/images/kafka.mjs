// The image of the single Kafka broker for evaluation and tests: Kafka's jars and the Java of this machine.
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { add, addLibraries, newRoot, sharedLibraries } from './root-folder.mjs';
import { node } from './node-program.mjs';

const JAVA_PARTS = ['bin/java', 'lib', 'conf', 'release'];

/**
 * @param {string} folder new, becomes the root of the image
 * @param {{KAFKA_HOME: string, KAFKA_JAVA: string}} kafka as `provisionKafka` found it
 */
export function kafkaRoot(folder, { KAFKA_HOME, KAFKA_JAVA }) {
  newRoot(folder);
  const java = dirname(dirname(realpathSync(KAFKA_JAVA)));
  for (const part of JAVA_PARTS) add(folder, join(java, part), join('/usr/local/java', part), isForDevelopers);
  add(folder, join(KAFKA_HOME, 'libs'), '/usr/local/kafka/libs');
  add(folder, node, '/usr/local/bin/node');
  addLibraries(folder, [node, join(java, 'bin/java'), ...sharedLibraries(join(java, 'lib'))], [java]);
  add(folder, join(dirname(fileURLToPath(import.meta.url)), 'kafka-entry.mjs'), '/entry.mjs');
  return ['/usr/local/bin/node', '/entry.mjs'];
}

const isForDevelopers = (path) => /\/(src\.zip|ct\.sym|jmods|libsplashscreen\.so|libawt_xawt\.so)$/.test(path);
