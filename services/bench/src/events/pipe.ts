import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyKafka, declare } from '@countersign/event-bus-kafka';
import { startKafka } from '@countersign/kafka-broker';
import { startServerProcess, type ServerProcess } from '../child.js';
import { cpuMs } from '../cpu.js';
import type { ThrowAway } from '../ours/installation.js';
import type { Run } from '../run.js';
import type { EventFigures } from './figures.js';
import { BENCH_PREFIX, DRIVERS, type Driver, type SteadyQuestion } from './protocol.js';
import { commitBurst, delaysSince, lastLeafAt, untilLogged } from './store.js';

export interface EventPlan {
  burst: number;
  steady: SteadyQuestion;
}

const PARTITIONS = 3;
const WARM = 2_000;

/** One broker on the core of this process, with topics of one replica; it ends with the run. */
export async function startBroker(run: Run, prefix = BENCH_PREFIX): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-kafka-'));
  const kafka = await startKafka({ folder });
  run.defer(async () => {
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const principal = (service: string): string => `User:${service}`;
  const declaration = declare({ prefix, partitions: PARTITIONS, development: true, principal });
  await applyKafka({ brokers: kafka.addresses, clientId: 'bench' }, declaration);
  return kafka.addresses;
}

/** A source, its relay and the reader of audit, over one of the two drivers, in a process of its own. */
export class MeasuredPipe {
  private written = 0;

  private constructor(
    readonly driver: Driver,
    private readonly place: ThrowAway,
    private readonly server: ServerProcess,
  ) {}

  static async start(run: Run, place: ThrowAway, driver: Driver, brokers: readonly string[]): Promise<MeasuredPipe> {
    const source = DRIVERS[driver];
    const urls = {
      databaseUrl: place.urlOf(source),
      relayUrl: place.relayUrlOf(source),
      auditUrl: place.urlOf('audit'),
    };
    const program = fileURLToPath(new URL('pipe-process.js', import.meta.url));
    const server = await startServerProcess(program, { driver, source, brokers, ...urls });
    run.defer(() => server.stop());
    const pipe = new MeasuredPipe(driver, place, server);
    await pipe.drained(await pipe.commit(WARM));
    return pipe;
  }

  /** A burst, then a steady load. */
  async measure({ burst, steady }: EventPlan): Promise<EventFigures> {
    const { adminUrl, postgresPid } = this.place;
    const cpu = (): [number, number] => [cpuMs(this.server.pid), cpuMs(postgresPid)];
    const committed = await this.commit(burst);
    const before = cpu();
    const seconds = await this.drained(committed);
    const [processMs, databaseMs] = cpu().map((ms, n) => ms - before[n]!) as [number, number];
    const since = new Date();
    await this.server.ask(steady);
    this.written += steady.perSecond * steady.seconds;
    await untilLogged(adminUrl, this.source, this.written);
    const [p50Ms, p95Ms, p99Ms] = await delaysSince(adminUrl, this.source, since);
    return {
      ...{ driver: this.driver, burst, eventsPerSecond: burst / seconds, steadyPerSecond: steady.perSecond },
      ...{ processCpuUs: (processMs * 1_000) / burst, databaseCpuUs: (databaseMs * 1_000) / burst },
      ...{ p50Ms, p95Ms, p99Ms },
    };
  }

  private get source(): (typeof DRIVERS)[Driver] {
    return DRIVERS[this.driver];
  }

  private commit(count: number): Promise<Date> {
    this.written += count;
    return commitBurst(this.place.adminUrl, this.source, count);
  }

  /** Waits until everything is in the log. @returns seconds from the commit to the last leaf */
  private async drained(committed: Date): Promise<number> {
    const { adminUrl } = this.place;
    await untilLogged(adminUrl, this.source, this.written);
    return ((await lastLeafAt(adminUrl, this.source)).getTime() - committed.getTime()) / 1_000;
  }
}
