import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@countersign/contracts';
import type { HostProcess } from './host-process.js';

/** A statement of a service, in the middle of whose transaction its process is to be killed. */
export interface Stop {
  service: ServiceName;
  /** `schema.table` */
  table: string;
  on: 'insert' | 'update' | 'delete';
  /** SQL over `new` or `old`: which rows are meant. */
  when?: string;
}

const LIMIT_MS = 30_000;

/** The first key of the locks; the second is the place of the stop in the list. */
const LOCKS = 0x6b39;

/** Makes transactions wait, by triggers and advisory locks: whoever reaches a held stop stands there until it is let go. */
export class StopPoints {
  private constructor(
    private readonly client: pg.Client,
    private readonly stops: readonly Stop[],
  ) {}

  /** Waits for nothing until a stop is held. */
  static async install(host: HostProcess, stops: readonly Stop[]): Promise<StopPoints> {
    const client = new pg.Client({ connectionString: host.info.adminUrl });
    await client.connect();
    await client.query(PAUSE);
    for (const [index, { table, on, when = 'true' }] of stops.entries())
      await client.query(
        `create trigger stop_${index} before ${on} on ${table} for each row when (${when}) execute function drill.pause(${index})`,
      );
    return new StopPoints(client, stops);
  }

  async hold(stop: Stop): Promise<void> {
    await this.client.query('select pg_advisory_lock($1, $2)', [LOCKS, this.stops.indexOf(stop)]);
  }

  async letGo(stop: Stop): Promise<void> {
    await this.client.query('select pg_advisory_unlock($1, $2)', [LOCKS, this.stops.indexOf(stop)]);
  }

  /** @throws Error when nobody comes there */
  async reached(stop: Stop): Promise<void> {
    const look = `select from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2 and not granted`;
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(5)) {
      const { rowCount } = await this.client.query(look, [LOCKS, this.stops.indexOf(stop)]);
      if (rowCount! > 0) return;
    }
    throw new Error(`nobody came to ${stop.on} on ${stop.table} of ${stop.service}`);
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** Shared locks pass each other; the drill's own is exclusive. A row that was deleted has no `new`. */
const PAUSE = `
  create schema drill;
  create function drill.pause() returns trigger language plpgsql security definer as $$
  begin
    perform pg_advisory_xact_lock_shared(${LOCKS}, tg_argv[0]::integer);
    if tg_op = 'DELETE' then return old; end if;
    return new;
  end $$`;
