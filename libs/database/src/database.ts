import { isUuid, refuse } from '@countersign/kernel';
import pg from 'pg';
import { asRefusal } from './failure.js';

/** A statement that is prepared once per connection under its name. The text never holds a value. */
export interface Statement {
  name: string;
  text: string;
}

/** `int8` arrives as bigint, `bytea` as Buffer, `timestamptz` as Date. */
export interface Result<T> {
  rows: T[];
  /** Rows read or written. Of a conditional write this is the verdict. */
  rowCount: number;
}

export interface Queryable {
  query<T>(statement: Statement, values?: readonly unknown[]): Promise<Result<T>>;
}

/** One open transaction; use nothing else of the database until it ends. */
export type Transaction = Queryable;

export interface Counters {
  /** Every message to the server that runs SQL, Prisma's and BEGIN and COMMIT included. */
  statements: number;
  /** Transactions opened by `inTenant` and `transaction`. */
  transactions: number;
}

export interface Database extends Queryable {
  readonly schema: string;
  /** For `prismaFor`; services use the methods. */
  readonly pool: pg.Pool;
  readonly counters: Readonly<Counters>;
  /**
   * Runs `work` in a transaction whose rows are those of one tenant.
   *
   * @param tenant UUID; anything else is a fault of the caller
   */
  inTenant<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A transaction without a tenant: sees no row of a tenant table. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Of the service's application role (or its relay role); sets schema and timeouts by role. A function is asked for each connection. */
  url: string | (() => string);
  schema: string;
  /** Connections at most; 10 unless told. */
  max?: number;
  /** Told of a connection that broke while idle; the pool has replaced it. */
  onIdleError?: (error: Error) => void;
}

const INT8 = 20;
const CONNECT_LIMIT_MS = 5_000;

/** Opens a pool lazily: the first statement connects. @throws (from its methods) `unavailable` when the server cannot be reached */
export function createDatabase(options: DatabaseOptions): Database {
  const counters: Counters = { statements: 0, transactions: 0 };
  const pool = openPool(options, counters);

  const transact = async <T>(begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> => {
    counters.transactions += 1;
    const client = await pool.connect().catch((error: unknown) => {
      throw asRefusal(error);
    });
    try {
      await client.query(begin);
      const value = await work(queryable(client));
      const { command } = await client.query('commit');
      if (command !== 'COMMIT')
        throw refuse('internal', {}, 'a failed statement was caught and its transaction went on');
      client.release();
      return value;
    } catch (error) {
      await client.query('rollback').then(
        () => client.release(),
        (broken: Error) => client.release(broken),
      );
      throw asRefusal(error);
    }
  };

  return {
    ...queryable(pool),
    schema: options.schema,
    pool,
    counters,
    inTenant: async (tenant, work) => transact(`begin; select set_config('app.tenant', '${uuid(tenant)}', true)`, work),
    transaction: (work) => transact('begin', work),
    close: () => pool.end(),
  };
}

function openPool({ url, max = 10, onIdleError }: DatabaseOptions, counters: Counters): pg.Pool {
  const types = {
    getTypeParser: ((oid: number, format?: 'text') =>
      oid === INT8 ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
  };
  const Client = typeof url === 'string' ? pg.Client : clientAsking(url);
  const connectionString = typeof url === 'string' ? url : url();
  const pool = new pg.Pool({ connectionString, Client, max, types, connectionTimeoutMillis: CONNECT_LIMIT_MS });
  pool.on('error', (error) => onIdleError?.(error));
  pool.on('connect', (client) => {
    count(client, counters);
    // The pool listens to idle clients only. One that breaks in the middle of a transaction tells its next statement; without a
    // listener it would end the process as well.
    client.on('error', nothing);
  });
  return pool;
}

/** A pool takes its URL once; a password that was rotated is in the next one. */
const clientAsking = (url: () => string): typeof pg.Client =>
  class extends pg.Client {
    constructor(config: pg.ClientConfig) {
      super({ ...config, connectionString: url() });
    }
  };

const nothing = (): void => undefined;

const byName = new Map<string, number>();

/**
 * How often each statement was sent by this process, by its name; unnamed text counts under its first word.
 * The benchmark divides it by the sign-ins, so that every round trip has a name.
 */
export const statementCounts = (): ReadonlyMap<string, number> => byName;

const nameOf = (query: unknown): string =>
  (query as { name?: string }).name || /^\w+/.exec((query as { text?: string }).text ?? String(query))?.[0] || 'other';

/** Below the pool, so that what Prisma sends is counted too. */
function count(client: pg.PoolClient, counters: Counters): void {
  const send = client.query as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    counters.statements += 1;
    const name = nameOf(args[0]);
    byName.set(name, (byName.get(name) ?? 0) + 1);
    return send.apply(client, args);
  }) as typeof client.query;
}

function queryable(target: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<T>({ name, text }: Statement, values: readonly unknown[] = []): Promise<Result<T>> {
      try {
        const { rows, rowCount } = await target.query({ name, text, values: [...values] });
        return { rows: rows as T[], rowCount: rowCount ?? 0 };
      } catch (error) {
        throw asRefusal(error);
      }
    },
  };
}

/** The text goes into a statement, so that opening the transaction is one round trip: nothing but a UUID may pass. */
function uuid(tenant: string): string {
  if (!isUuid(tenant)) throw refuse('internal', {}, 'a tenant id is not a UUID');
  return tenant;
}
