import { openBenchInstallation } from '../ours/installation.js';
import { startOurs } from '../runs.js';
import type { Run } from '../run.js';
import { measureInTurns, medianRound, type Round } from '../turns.js';
import { startBroker } from './pipe.js';

const PREFIX = 'countersign.';
/** Readers that stood still are no members of their groups any more: they join again, and read what came meanwhile. */
const AGAIN_SECONDS = 10;

/** Two installations, one of them over Kafka, in turns. @returns the round of the median: Kafka, PostgreSQL */
export async function signInsBesideKafka(run: Run): Promise<Round> {
  const brokers = await startBroker(run, PREFIX);
  const over = { kafkaBrokers: brokers.join(','), kafkaTls: 'off', kafkaTopicPrefix: PREFIX };
  const kafka = await openBenchInstallation(run, { ...over, kafkaReplication: 'development' });
  const withKafka = await startOurs(run, kafka);
  const without = await startOurs(run, await openBenchInstallation(run));
  return medianRound(await measureInTurns(run, withKafka, without, AGAIN_SECONDS));
}

/** As Markdown. */
export function signInTable([kafka, postgres]: Round): string {
  const rows = [
    ['Kafka', kafka],
    ['PostgreSQL', postgres],
  ] as const;
  const lines = rows.map(([name, { signInsPerSecond, p50Ms, p95Ms, serverCpuMs, databaseCpuMs, errors }]) => {
    const ms = [p50Ms, p95Ms, serverCpuMs, databaseCpuMs].map((value) => value.toFixed(2));
    return `| ${[name, signInsPerSecond.toFixed(0), ...ms, errors].join(' | ')} |`;
  });
  const head = '| events over | sign-ins per s | median ms | p95 ms | server CPU ms | PostgreSQL CPU ms | failed |';
  return [head, '| --- | --- | --- | --- | --- | --- | --- |', ...lines].join('\n');
}
