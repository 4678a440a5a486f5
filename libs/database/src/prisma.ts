import { createHash } from 'node:crypto';
import { isUuid, refuse } from '@countersign/kernel';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Database } from './database.js';
import { asRefusal } from './failure.js';

/** The class a service generates from its `prisma/schema.prisma`. */
export type PrismaClass<Client> = new (options: { adapter: PrismaPg }) => Client;

const NAMES_KEPT = 500;

/**
 * A Prisma client over the pool of a database, so that both share its connections and its schema. Closing the database
 * closes it. Statements are prepared under the hash of their text; past 500 different ones they go unprepared.
 */
export function prismaFor<Client>(Client: PrismaClass<Client>, database: Database): Client {
  const names = new Map<string, string>();
  const statementNameGenerator = ({ sql }: { sql: string }): string => {
    const known = names.get(sql);
    if (known !== undefined || names.size >= NAMES_KEPT) return known ?? '';
    const name = `p_${createHash('sha256').update(sql).digest('hex').slice(0, 20)}`;
    names.set(sql, name);
    return name;
  };
  return new Client({ adapter: new PrismaPg(database.pool, { schema: database.schema, statementNameGenerator }) });
}

/** The part of a generated client that `prismaInTenant` needs. */
export interface TenantClient<Tx> {
  $transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

interface Executes {
  $executeRaw(text: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>;
}

/**
 * An interactive transaction that sees one tenant's rows. It costs about ten plain statements: for the hot path write a
 * function in SQL that sets the tenant itself.
 *
 * @param tenant UUID; anything else is a fault of the caller
 * @throws `unavailable` where no connection came free in time
 */
export function prismaInTenant<Tx extends Executes, T>(
  prisma: TenantClient<Tx>,
  tenant: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (!isUuid(tenant)) throw refuse('internal', {}, 'a tenant id is not a UUID');
  const transaction = prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select set_config('app.tenant', ${tenant}, true)`;
    return await work(tx);
  });
  return transaction.catch((error: unknown) => {
    throw asRefusal(error);
  });
}
