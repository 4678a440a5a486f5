import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where Kafka's jars and a Java are. */
export interface KafkaHome {
  /** Folder with the jars in `libs`. */
  path: string;
  /** The Java program. */
  java: string;
}

/**
 * What `npm run provision` found, as its environment variables tell.
 * @throws Error when there is none
 */
export function kafkaHome(env: NodeJS.ProcessEnv = process.env): KafkaHome {
  const { KAFKA_HOME: path, KAFKA_JAVA: java } = env;
  if (!path || !java || !existsSync(join(path, 'libs')))
    throw new Error('there is no Kafka: KAFKA_HOME and KAFKA_JAVA name none (npm run provision brings one)');
  return { path, java };
}

/** For a JVM that does little: no second compiler, one collector thread. */
const SMALL = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Kafka tells that it is ready in a line of this class. */
const LOGGING = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

/** The classes of a broker as it had loaded them: with this file the next one starts in a third of the time. */
export const archiveFile = ({ path }: KafkaHome): string => join(path, 'kafka.jsa');

/** Arguments for Java that run a class of Kafka. */
export function javaArguments(home: KafkaHome, options: readonly string[], run: readonly string[]): string[] {
  return [
    ...SMALL,
    ...LOGGING,
    '-Xlog:cds=off,cds+dynamic=off',
    ...options,
    '-cp',
    join(home.path, 'libs', '*'),
    ...run,
  ];
}
