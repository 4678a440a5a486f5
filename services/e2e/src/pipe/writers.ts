import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLeaf, type EventType, type ServiceName } from '@countersign/contracts';
import { createDatabase, type Database } from '@countersign/database';
import { uuidv7 } from '@countersign/kernel';
import { appendEvent } from '@countersign/outbox';

/** Sources that write here, each with an event of its own. */
export const SOURCES = ['challenge', 'session'] as const satisfies readonly ServiceName[];
export type Source = (typeof SOURCES)[number];
const TYPES: Record<Source, EventType> = { challenge: 'challenge.refused', session: 'session.refused' };

const TENANTS = 8;
/** Writers of a tenant that commit whenever they are done, beside the one that writes one event after another. */
const OVERLAPPING = 2;
const SLOWEST_MS = 400;
/** One transaction in so many is rolled back. */
const ROLLBACK = 10;

/** What writers were told of before they stopped. */
export interface Written {
  /** Ids of events whose commit was acknowledged. */
  committed: string[];
  /** Those of each tenant that were written one after another, in that order. */
  inOrder: Map<string, string[]>;
}

export interface WritersOptions {
  urlOf(source: Source): string;
  /** Pause between two events of a writer, milliseconds. */
  pauseMs: number;
}

/** Several tenants of each source, with transactions that overlap, some slow, some rolled back, until `stop`. */
export class Writers {
  readonly written: Written = { committed: [], inOrder: new Map() };
  private readonly databases: Database[] = [];
  private readonly loops: Promise<void>[] = [];
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: WritersOptions) {
    for (const source of SOURCES) {
      const database = createDatabase({ url: options.urlOf(source), schema: source, max: TENANTS * (1 + OVERLAPPING) });
      this.databases.push(database);
      for (let n = 0; n < TENANTS; n++) this.begin(database, source, uuidv7());
    }
  }

  /** Resolves when the last transaction is over; stopping twice is stopping once. @throws what a writer failed with */
  async stop(): Promise<Written> {
    await (this.stopping ??= this.end());
    return this.written;
  }

  private async end(): Promise<void> {
    await Promise.all(this.loops);
    await Promise.all(this.databases.map((database) => database.close()));
  }

  private begin(database: Database, source: Source, tenant: string): void {
    const ordered: string[] = [];
    this.written.inOrder.set(tenant, ordered);
    this.loops.push(this.loop(async () => void ordered.push(...(await this.append(database, source, tenant, 0)))));
    for (let n = 0; n < OVERLAPPING; n++)
      this.loops.push(this.loop(() => this.append(database, source, tenant, randomInt(SLOWEST_MS))));
  }

  private async loop(write: () => Promise<unknown>): Promise<void> {
    while (!this.stopping) {
      await write();
      await sleep(this.options.pauseMs * (0.5 + Math.random()));
    }
  }

  /** @returns the id, unless the transaction was rolled back */
  private async append(database: Database, source: Source, tenant: string, slowMs: number): Promise<string[]> {
    const request = uuidv7();
    const leaf = makeLeaf({ source, type: TYPES[source], tenant, outcome: 'refused', request, code: 'drill' });
    const failing = slowMs > 0 && randomInt(ROLLBACK) === 0;
    try {
      await database.inTenant(tenant, async (tx) => {
        await appendEvent(tx, leaf);
        if (slowMs > 0) await sleep(slowMs);
        if (failing) throw new RolledBack();
      });
    } catch (error) {
      if (error instanceof RolledBack) return [];
      throw error;
    }
    this.written.committed.push(leaf.eventId);
    return [leaf.eventId];
  }
}

class RolledBack extends Error {}
