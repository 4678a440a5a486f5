import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prismaFor, prismaInTenant, withClient, type Database, type Queryable } from '../src/index.js';
import { startTestDatabase, type TestDatabase } from '../src/testing.js';
import { PrismaClient } from './fixture/src/store/prisma/client.js';

const fixture = join(dirname(fileURLToPath(import.meta.url)), 'fixture/prisma/migrations');
const SEE = { name: 'note_see', text: 'select text from note order by text' };
const ADD = { name: 'note_add', text: 'select note_add($1, $2) as id' };
const BREAK = { name: 'note_break', text: 'select 1 / (select count(*) - count(*) from note)' };
const FORGE = { name: 'note_forge', text: 'insert into note (tenant, text) values ($1, $2)' };
const [left, right] = [uuidv7(), uuidv7()];

let db: TestDatabase;
let pool: Database;

beforeAll(async () => {
  db = await startTestDatabase(['notes'], { migrations: { notes: fixture } });
});
afterAll(() => db.stop());
beforeEach(() => {
  // One connection, so that every caller gets the one its predecessor used.
  pool = db.open('notes', 1);
});

const seen = async (from: Queryable): Promise<string[]> =>
  (await from.query<{ text: string }>(SEE)).rows.map(({ text }) => text);

describe('R31 · the tenant is known to one transaction only', () => {
  beforeAll(async () => {
    const admin = db.open('notes', 1);
    await admin.query(ADD, [left, 'of left']);
    await admin.query(ADD, [right, 'of right']);
  });

  test('R31 · tenants interleaved on one pooled connection each see their own row', async () => {
    const round = async (number: number): Promise<void> => {
      const tenant = number % 2 ? left : right;
      const rows = await pool.inTenant(tenant, async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
        return await seen(tx);
      });
      expect(rows).toEqual([tenant === left ? 'of left' : 'of right']);
      expect(await seen(pool)).toEqual([]);
    };
    // Six at a time: who waits for the connection waits 5 s at most, which sixty took on a busy machine.
    const worker = async (number: number): Promise<void> => {
      for (let at = 0; at < 10; at++) await round(number + at);
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(worker));
  });

  test('R31 · nothing stays after a failed statement, a thrown error, or a swallowed failure', async () => {
    await expect(pool.inTenant(left, (tx) => tx.query(BREAK))).rejects.toMatchObject({ code: '22012' });
    expect(await seen(pool)).toEqual([]);
    const stop = pool.inTenant(left, async (tx) => {
      expect(await seen(tx)).toEqual(['of left']);
      throw new Error('the caller gives up');
    });
    await expect(stop).rejects.toThrow('the caller gives up');
    expect(await seen(pool)).toEqual([]);
    const swallowed = pool.inTenant(left, (tx) => tx.query(BREAK).catch(() => undefined));
    await expect(swallowed).rejects.toMatchObject({ code: 'internal' });
    expect(await seen(pool)).toEqual([]);
  });

  test('R31 · nothing stays after a function that set the tenant itself, succeeded or failed', async () => {
    await pool.query(ADD, [left, 'of left, second']);
    expect(await seen(pool)).toEqual([]);
    await expect(pool.query(ADD, [left, null])).rejects.toMatchObject({ code: '23502' });
    expect(await seen(pool)).toEqual([]);
    expect(await pool.inTenant(right, seen)).toEqual(['of right']);
    expect(await pool.transaction(seen)).toEqual([]);
  });

  test('R31 · a row for another tenant is refused, inside a transaction and out of it', async () => {
    await expect(pool.inTenant(left, (tx) => tx.query(FORGE, [right, 'forged']))).rejects.toMatchObject({
      code: '42501',
    });
    await expect(pool.query(FORGE, [right, 'forged'])).rejects.toMatchObject({ code: '42501' });
    expect(await pool.inTenant(right, seen)).toEqual(['of right']);
  });

  test('R31 · Prisma over the same connection sees the tenant it was given and leaves nothing', async () => {
    const prisma = prismaFor(PrismaClient, pool);
    const notes = await prismaInTenant(prisma, right, (tx) => tx.note.findMany());
    expect(notes).toEqual([expect.objectContaining({ tenant: right, text: 'of right' })]);
    expect(await prisma.note.count()).toBe(0);
    const failed = prismaInTenant(prisma, left, (tx) => tx.note.create({ data: { tenant: right, text: 'forged' } }));
    await expect(failed).rejects.toThrow(/row-level security/);
    expect(await seen(pool)).toEqual([]);
  });

  test('a transaction of Prisma that gets no connection in time is told to come again, as any other', async () => {
    const prisma = prismaFor(PrismaClient, pool);
    let letGo = (): void => undefined;
    const held = pool.inTenant(left, () => new Promise<void>((resolve) => (letGo = resolve)));
    const waiting = prismaInTenant(prisma, left, (tx) => tx.note.findMany());
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } });
    letGo();
    await held;
  });

  test('a connection that ends in the middle of a transaction refuses it and is replaced; the process goes on', async () => {
    const ended = pool.inTenant(left, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>({ name: 'own_pid', text: 'select pg_backend_pid() as pid' });
      await withClient(db.adminUrl, (admin) => admin.query('select pg_terminate_backend($1)', [rows[0]!.pid]));
      // Until the news has come: nothing waits for an answer of the connection then.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen(tx);
    });
    await expect(ended).rejects.toMatchObject({ code: 'unavailable' });
    expect(await pool.inTenant(left, seen)).toContain('of left');
  });

  test('a tenant that is no UUID never reaches the server', async () => {
    await expect(pool.inTenant(`${left}'; drop table note; --`, seen)).rejects.toMatchObject({ code: 'internal' });
    expect(await pool.inTenant(right, seen)).toEqual(['of right']);
  });
});

test('counters tell what one unit of work costs', async () => {
  await pool.query(SEE);
  expect(pool.counters).toEqual({ statements: 1, transactions: 0 });
  await pool.inTenant(left, seen);
  expect(pool.counters).toEqual({ statements: 4, transactions: 1 });
});
