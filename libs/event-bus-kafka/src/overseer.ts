import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { atMost, LEAVE_MS } from './at-most.js';
import { metadataRequest, type ClusterFacts } from './metadata-request.js';

/** How long a topic may be unknown to some of the brokers after it was made. */
const SETTLE_MS = 5_000;

/** Where the log of a partition begins and ends. */
export interface Stand {
  /** Cluster and topic by their own ids, so that a log made anew is known as another. */
  log: string;
  low: bigint;
  high: bigint;
}

/** What kafkajs keeps to itself and this adapter needs: a request that its own metadata do not cover. */
interface InnerCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  brokerPool: {
    findConnectedBroker(): Promise<{ connectionPool: { send(protocol: unknown): Promise<ClusterFacts> } }>;
  };
}

/** Asks the brokers about topics, over connections of its own. After a failure it connects anew. */
export class Overseer {
  /** Answers on their way, and questions that wait for those to come. */
  readonly #asking = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, Promise<Map<number, Stand>>>();
  #connected: Promise<{ admin: Admin; inner: InnerCluster }> | undefined;

  constructor(readonly kafka: Kafka) {}

  facts(topic: string): Promise<ClusterFacts> {
    return this.#ask(async ({ inner }) => {
      const broker = await inner.brokerPool.findConnectedBroker();
      return broker.connectionPool.send(metadataRequest(topic));
    });
  }

  /**
   * Asked after the question was put, never before: an answer that is older than a position would seem to lie behind it. Those who
   * ask together share one answer.
   * @returns undefined when there is no such partition
   */
  async stand(topic: string, partition: number): Promise<Stand | undefined> {
    const waiting = this.#waiting.get(topic) ?? this.#next(topic);
    return (await waiting).get(partition);
  }

  #next(topic: string): Promise<Map<number, Stand>> {
    const next = (this.#asking.get(topic) ?? Promise.resolve()).then(() => {
      this.#waiting.delete(topic);
      const asking = this.#stands(topic);
      this.#asking.set(topic, asking.catch(nothing));
      return asking;
    });
    this.#waiting.set(topic, next);
    return next;
  }

  async #stands(topic: string): Promise<Map<number, Stand>> {
    const facts = await this.facts(topic);
    if (!facts.topic) return new Map();
    const log = `${facts.clusterId}/${facts.topic.id}`;
    const offsets = await this.#ask(({ admin }) => admin.fetchTopicOffsets(topic));
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, { log, low: BigInt(low), high: BigInt(high) }]),
    );
  }

  /**
   * Configuration of a topic that one broker told of, defaults of the brokers included. Another one may hear of a new topic a
   * moment later: it is asked again.
   */
  async configuration(topic: string): Promise<Map<string, string>> {
    for (const end = performance.now() + SETTLE_MS; ; await sleep(50)) {
      try {
        return await this.#configuration(topic);
      } catch (error) {
        if ((error as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION' || performance.now() > end) throw error;
      }
    }
  }

  #configuration(topic: string): Promise<Map<string, string>> {
    return this.#ask(async ({ admin }) => {
      const asked = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }];
      const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false });
      return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
    });
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    if (!connected) return;
    const leaving = connected.then(({ admin, inner }) => Promise.allSettled([admin.disconnect(), inner.disconnect()]));
    await atMost(LEAVE_MS, leaving);
  }

  async #ask<T>(question: (connected: { admin: Admin; inner: InnerCluster }) => Promise<T>): Promise<T> {
    const connecting = (this.#connected ??= connect(this.kafka));
    try {
      return await question(await connecting);
    } catch (error) {
      if (this.#connected === connecting) await this.close();
      throw error;
    }
  }
}

const nothing = (): void => undefined;

async function connect(kafka: Kafka): Promise<{ admin: Admin; inner: InnerCluster }> {
  const admin = kafka.admin();
  const inner = innerCluster(kafka);
  try {
    await Promise.all([admin.connect(), inner.connect()]);
    return { admin, inner };
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), inner.disconnect()]);
    throw error;
  }
}

type CreateCluster = (options: { metadataMaxAge: number; allowAutoTopicCreation: boolean }) => InnerCluster;

/** kafkajs 2.2.4 is pinned: were the symbol gone, nothing would start. */
function innerCluster(kafka: Kafka): InnerCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol && (kafka as unknown as Record<symbol, CreateCluster>)[symbol];
  if (!create) throw new Error('this version of kafkajs is not the one this adapter was made for');
  return create({ metadataMaxAge: 2_000, allowAutoTopicCreation: false });
}
