import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { haltedPartitions, restartPartition } from '@countersign/event-bus';
import { applyKafka, declare } from '@countersign/event-bus-kafka';
import { startKafka, type KafkaCluster, type KafkaOptions } from '@countersign/kafka-broker';
import { replay } from '@countersign/outbox';
import { Ledger } from './ledger.js';
import { PIPE_PREFIX, type Fate } from './options.js';
import { PartProcess } from './part-process.js';
import { SOURCES, Writers, type Source } from './writers.js';

const PARTITIONS = 3;

export interface PipeOptions {
  brokers?: 1 | 3;
  /** Where brokers run, when not simply on loopback. */
  place?: KafkaOptions['place'];
}

/** The way of an event from the outboxes of two services to the log, every part of it a process of its own. */
export class Pipe {
  readonly ledger: Ledger;
  private readonly parts = new Set<PartProcess>();

  private constructor(
    readonly cluster: KafkaCluster,
    readonly database: TestDatabase,
    private readonly folder: string,
  ) {
    this.ledger = new Ledger(database.adminUrl);
  }

  static async open({ brokers = 1, place }: PipeOptions = {}): Promise<Pipe> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-pipe-'));
    const [database, cluster] = await Promise.all([
      startTestDatabase([...SOURCES, 'audit']),
      startKafka({ folder, brokers, ...(place && { place }) }),
    ]);
    const pipe = new Pipe(cluster, database, folder);
    try {
      await declareTopics(cluster.addresses, brokers === 1);
      return pipe;
    } catch (error) {
      await pipe.stop();
      throw error;
    }
  }

  startRelay(source: Source, fate?: Fate): PartProcess {
    return this.start({ part: 'relay', source, databaseUrl: this.database.relayUrl(source), ...this.common(fate) });
  }

  startReader(fate?: Fate): PartProcess {
    return this.start({
      part: 'reader',
      sources: SOURCES,
      databaseUrl: this.database.url('audit'),
      ...this.common(fate),
    });
  }

  write(pauseMs: number): Writers {
    return new Writers({ urlOf: (source) => this.database.url(source), pauseMs });
  }

  /** What `countersign events replay` does: halted partitions start anew, and whatever was sent is sent again. */
  async replay(): Promise<void> {
    const audit = this.database.open('audit', 1);
    for (const halted of await haltedPartitions(audit, SOURCES)) await restartPartition(audit, halted, 'drill');
    for (const source of SOURCES) {
      const relay = createDatabase({ url: this.database.relayUrl(source), schema: source, max: 1 });
      await replay(relay, new Date(0), () => undefined);
      await relay.close();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.parts].map((part) => part.kill()));
    await this.ledger.close();
    await Promise.all(this.cluster.brokers.map((broker) => broker.kill()));
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private common(fate: Fate | undefined) {
    const unreplicated = this.cluster.brokers.length === 1;
    return { brokers: this.cluster.addresses, unreplicated, ...(fate && { fate }) };
  }

  private start(part: Parameters<typeof PartProcess.start>[0]): PartProcess {
    const started = PartProcess.start(part);
    this.parts.add(started);
    void started.ended.then(() => this.parts.delete(started));
    return started;
  }
}

async function declareTopics(brokers: readonly string[], development: boolean): Promise<void> {
  const { topics } = declare({ prefix: PIPE_PREFIX, partitions: PARTITIONS, development, principal: (name) => name });
  const written = topics.filter(({ name }) => SOURCES.some((source) => name === PIPE_PREFIX + source));
  const { differences } = await applyKafka({ brokers, clientId: 'drill' }, { topics: written, permissions: [] });
  // That anybody may do everything is told, too: brokers of tests ask nobody who they are.
  const other = differences.filter(({ what }) => what !== 'permissions');
  if (other.length > 0) throw new Error(`topics are not as declared: ${JSON.stringify(other)}`);
}
