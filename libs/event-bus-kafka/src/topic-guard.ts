import type { Overseer } from './overseer.js';

/** Why a topic is not written to; the `code` of `TopicRefused`. */
export type KafkaRefusal =
  /** The topic is not there, or this user may not know of it. */
  | 'kafka_topic_missing'
  /** Fewer than three brokers hold the topic. */
  | 'kafka_topic_unreplicated'
  /** A write counts before two brokers hold it. */
  | 'kafka_topic_min_in_sync';

/** A topic that does not keep what it acknowledged is not written to. */
export class TopicRefused extends Error {
  override readonly name = 'TopicRefused';

  constructor(
    readonly code: KafkaRefusal,
    message: string,
  ) {
    super(message);
  }
}

const REPLICAS = 3;
const IN_SYNC = 2;

/**
 * Looks once whether a topic may be written to. Kafka counts `acks=all` over the replicas there are: on a topic that one
 * broker holds it means one, whatever `min.insync.replicas` says.
 */
export class TopicGuard {
  readonly #partitions = new Map<string, number>();

  constructor(
    readonly overseer: Overseer,
    readonly unreplicated: boolean,
  ) {}

  /**
   * @returns the number of partitions
   * @throws TopicRefused
   */
  async admit(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const { topic: facts } = await this.overseer.facts(topic);
    if (!facts) throw new TopicRefused('kafka_topic_missing', `there is no topic ${topic} that this user may see`);
    if (!this.unreplicated)
      await this.#requireReplicas(topic, Math.min(...facts.partitions.map(({ replicas }) => replicas)));
    this.#partitions.set(topic, facts.partitions.length);
    return facts.partitions.length;
  }

  async #requireReplicas(topic: string, replicas: number): Promise<void> {
    if (replicas < REPLICAS)
      throw new TopicRefused('kafka_topic_unreplicated', `${topic} has ${replicas} replicas; it takes ${REPLICAS}`);
    const inSync = Number((await this.overseer.configuration(topic)).get('min.insync.replicas'));
    if (!(inSync >= IN_SYNC))
      throw new TopicRefused(
        'kafka_topic_min_in_sync',
        `${topic} has min.insync.replicas ${inSync}; it takes ${IN_SYNC}`,
      );
  }
}
