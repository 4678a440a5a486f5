// Apache Kafka for tests and for `npm run start:services -- --kafka`: jars by Maven, on Java 17 or later.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from '../lib/workspace.mjs';
import { cached } from './cache.mjs';
import { aptInstall, program, runs } from './programs.mjs';

const VERSION = '4.3.1';
const OLDEST_JAVA = 17;
const JAVA_REMEDY = `Kafka needs Java ${OLDEST_JAVA} or later: install it, or name one in JAVA_HOME (on Debian: apt-get install default-jre-headless, as root)`;
const MAVEN_REMEDY = 'Maven, which fetches Kafka, is missing: install it (on Debian: apt-get install maven, as root)';

const dependency = (group, name, version) =>
  `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>countersign</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', VERSION)}
    ${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
  </dependencies>
</project>
`;

/**
 * @returns {Promise<{KAFKA_HOME: string, KAFKA_JAVA: string}>} a folder with Kafka's jars in `libs` and a Java, for the
 *   environment of the suites
 * @throws Error with what to do, where something cannot be installed
 */
export async function provisionKafka(env = process.env) {
  const java = await provisionJava(env);
  if (env.KAFKA_HOME && !hasJars(env.KAFKA_HOME)) throw new Error(`KAFKA_HOME has no Kafka in libs: ${env.KAFKA_HOME}`);
  return {
    KAFKA_HOME: env.KAFKA_HOME || (await cached('kafka', [POM], (fresh) => fetch(fresh, env), env)),
    KAFKA_JAVA: java,
  };
}

const hasJars = (home) =>
  existsSync(join(home, 'libs')) && readdirSync(join(home, 'libs')).some((name) => /^kafka_2\.13-.*\.jar$/.test(name));

async function provisionJava(env) {
  const there = await findJava(env);
  if (there) return there;
  await aptInstall(['default-jre-headless'], 'Kafka', JAVA_REMEDY, env);
  const installed = await findJava(env);
  if (!installed) throw new Error(JAVA_REMEDY);
  return installed;
}

async function findJava(env) {
  const named = env.JAVA_HOME && join(env.JAVA_HOME, 'bin/java');
  for (const path of [named, program(['java'], env)].filter((one) => one && runs(one)))
    if ((await generationOf(path)) >= OLDEST_JAVA) return path;
  return undefined;
}

/** 17 of `openjdk version "17.0.15"`, which Java prints on standard error; NaN of anything else. */
function generationOf(java) {
  return new Promise((resolve) => {
    const child = spawn(java, ['-version'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk) => (text += chunk));
    child.once('error', () => resolve(NaN));
    child.once('close', () => resolve(Number(/version "(\d+)/.exec(text)?.[1])));
  });
}

async function fetch(folder, env) {
  if (!program(['mvn'], env)) await aptInstall(['maven'], 'Kafka', MAVEN_REMEDY, env);
  say(`Fetching Apache Kafka ${VERSION} by Maven; this is done once and takes about 15 s …`);
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, POM);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`];
  await run(program(['mvn'], env), ['-B', '-q', '-f', pom, ...goal], { env });
  if (!hasJars(folder)) throw new Error('Maven ended well and brought no Kafka');
}
