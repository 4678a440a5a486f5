import pg from 'pg';
import type { HostProcess } from './host-process.js';

/** The whole database as its administrator sees it, past row-level security. */
export class AdminDatabase {
  private readonly pool: pg.Pool;

  constructor(host: HostProcess) {
    this.pool = new pg.Pool({ connectionString: host.info.adminUrl, max: 2 });
    // A server that is killed under the test ends idle connections; the next query connects anew.
    this.pool.on('error', () => undefined);
  }

  async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** The one number a statement `select count(*) as n …` gives. */
  async count(text: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ n: string }>(text, values);
    return Number(row!.n);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
