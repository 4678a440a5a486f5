import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventMessage } from '@countersign/event-bus';
import type { Broker } from '@countersign/kafka-broker';
import { event, givenKafka, idsOf, Keeper, PREFIX, until, type Given } from './given.js';

const ROUNDS = 150;
/** Rounds in which the leader is killed. */
const KILLS = [20, 45, 70, 95, 120];
const AT_ONCE = 3;
const BATCH = 200;

let given: Given;
beforeAll(async () => {
  given = await givenKafka({ brokers: 3 });
}, 120_000);
afterAll(() => given.stop(), 60_000);

async function replicated(topic: string): Promise<string> {
  const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
  const wanted = { topic: PREFIX + topic, numPartitions: 1, replicationFactor: 3, configEntries };
  await given.admin.createTopics({ topics: [wanted], waitForLeaders: true });
  return topic;
}

async function leaderOf(topic: string): Promise<Broker> {
  const { topics } = await given.admin.fetchTopicMetadata({ topics: [PREFIX + topic] });
  return given.cluster.brokers.find(({ id }) => id === topics[0]!.partitions[0]!.leader)!;
}

/** Publishes several batches at once, and kills leaders while they are on their way. @returns ids that were acknowledged */
async function underFire(publish: (messages: EventMessage[]) => Promise<void>, topic: string): Promise<Set<string>> {
  const acknowledged = new Set<string>();
  let back: Promise<void> = Promise.resolve();
  for (let round = 0; round < ROUNDS; round++) {
    const batches = Array.from({ length: AT_ONCE }, () => Array.from({ length: BATCH }, () => event()));
    const send = async (batch: EventMessage[]): Promise<void> => {
      await publish(batch);
      for (const id of idsOf(batch)) acknowledged.add(id);
    };
    const killing = KILLS.indexOf(round);
    if (killing >= 0) await back;
    const leader = killing >= 0 ? await leaderOf(topic) : undefined;
    const sends = Promise.allSettled(batches.map(send));
    await sleep(leader ? 2 * killing : 0);
    if (leader) back = leader.kill().then(() => leader.start());
    await sends;
  }
  await back;
  return acknowledged;
}

/** Which of them are not in the topic. */
async function lostOf(topic: string, acknowledged: Set<string>): Promise<number> {
  const [end] = await given.admin.fetchTopicOffsets(PREFIX + topic);
  const keeper = new Keeper();
  const subscription = given.open().subscribe(keeper.options(topic));
  await until(() => keeper.got.length >= Number(end!.high), 'all was read');
  await subscription.stop();
  const there = new Set(idsOf(keeper.got));
  return [...acknowledged].filter((id) => !there.has(id)).length;
}

test('CARD-3.kafka · five leaders of three brokers are killed under load: nothing that was acknowledged is lost', async () => {
  const topic = await replicated('with-rules');
  const bus = given.open({ unreplicated: false });
  const acknowledged = await underFire((messages) => bus.publish(topic, messages), topic);
  expect(acknowledged.size).toBeGreaterThan((ROUNDS / 2) * AT_ONCE * BATCH);
  expect(await lostOf(topic, acknowledged)).toBe(0);
}, 300_000);
