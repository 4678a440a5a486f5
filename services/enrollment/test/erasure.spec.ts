import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { makeLeaf, type ServiceName } from '@countersign/contracts';
import { createDatabase } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { ServiceMetrics, type Logger } from '@countersign/platform';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../src/events/journal.js';
import { ErasureWork } from '../src/flows/erasure/erasure-work.js';
import { ErasureStore } from '../src/store/erasure-store.js';
import { Bank, type Customer } from './bank.js';

const SCOPE = { scope: 'subjects:erase' };

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open({}, {}, ['audit', 'risk']);
});
afterAll(() => bank.stop());

const erase = async (subject: string, as: { scope: string; tenant?: string } = SCOPE) =>
  (await bank.asServer('eraseSubject', { subject, tenant: '' }, as)).erasure!;
const read = async (erasure: string) => (await bank.asServer('getErasure', { erasure, tenant: '' }, SCOPE)).erasure!;

/** Confirms as a service does: on its own topic. */
async function confirm(source: ServiceName, subject: string): Promise<void> {
  const database = createDatabase({ url: bank.installation.database.relayUrl(source), schema: source, max: 1 });
  const { tenant } = bank.tenant;
  const { eventId, leaf, type } = makeLeaf({
    ...{ source, type: 'erasure.confirmed', tenant, outcome: 'success', request: uuidv7(), subject },
  });
  await postgresBus(database).publish(source, [{ eventId, tenant, type, leaf }]);
  await database.close();
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await look()); await sleep(50))
    if (Date.now() > end) throw new Error(`never: ${what}`);
}

/** Rows of any table of the schema that name this text, tables of events aside. */
async function named(value: string): Promise<string[]> {
  const tables = await bank.rows<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'enrollment' and c.relkind = 'r' and not c.relispartition`,
  );
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await bank.rows(`select from ${name} t where t::text like '%' || $1 || '%' limit 1`, [value]);
      return row ? [name] : [];
    }),
  );
  return found.flat();
}

describe('erasing a person', () => {
  let ada: Customer;
  let erasure: string;
  let sealed: number;
  beforeAll(async () => {
    ada = await bank.customer();
    await bank.asServer('createSubject', {
      reference: ada.reference,
      displayName: 'Ada',
      idempotencyKey: 'k',
      tenant: '',
    });
    sealed = (await bank.events('credential.enrolled', ada.pseudonym)).length;
    bank.session.down = true;
    erasure = (await erase(ada.subject)).id;
  });
  afterAll(() => {
    bank.session.down = false;
  });

  test('BCB-10.erase · the wrapped key and everything of the person are gone when it answers; the order and the devices to end remain', async () => {
    expect(await named(ada.subject)).toEqual(['enrollment.erasure']);
    expect(await named(ada.pseudonym)).toEqual(['enrollment.erasure']);
    expect(await named(ada.device)).toEqual(['enrollment.device_ending']);
    await expect(bank.asServer('getSubject', { subject: ada.subject })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('BCB-10.erase · it is announced once, by pseudonym, under a request id that the caller never saw', async () => {
    const [event, ...more] = await bank.events('subject.erased', ada.pseudonym);
    expect([more, event!.facts, event!.client]).toEqual([[], { devices: '1' }, 'bank-server']);
    expect(JSON.stringify(event)).not.toContain(ada.subject);
    expect(JSON.stringify(event)).not.toContain(erasure);
    expect(sealed).toBe(1);
  });

  test('BCB-10.erase · repeating it answers with the same erasure and announces nothing', async () => {
    expect((await Promise.all([erase(ada.subject), erase(ada.subject)])).map(({ id }) => id)).toEqual([
      erasure,
      erasure,
    ]);
    expect(await bank.events('subject.erased', ada.pseudonym)).toHaveLength(1);
  });

  test('BCB-10.erase · another tenant’s server, one without the scope and a stranger’s id get nothing', async () => {
    const { tenant } = await bank.neighbour();
    await expect(erase(ada.subject, { ...SCOPE, tenant })).rejects.toMatchObject({ code: 'not_found' });
    await expect(erase(uuidv7())).rejects.toMatchObject({ code: 'not_found' });
    await expect(erase('nobody')).rejects.toMatchObject({ code: 'not_found' });
    await expect(erase(ada.subject, { scope: 'subjects:write' })).rejects.toMatchObject({
      code: 'subject_scope_missing',
    });
  });

  test('BCB-10.erase · it waits for the sessions of the devices and for each service, and goes on by itself', async () => {
    expect(await read(erasure)).toMatchObject({
      state: 'running',
      waitingFor: ['enrollment', 'audit', 'risk', 'session'],
    });
    for (const source of ['audit', 'risk', 'session'] as const) await confirm(source, ada.pseudonym);
    await until('all confirmed', async () => (await read(erasure)).waitingFor.join() === 'enrollment');
    bank.session.down = false;
    await until('completed', async () => (await read(erasure)).state === 'completed');
    expect(bank.session.ended).toContainEqual(expect.objectContaining({ credential: ada.device, reason: 'revoked' }));
  });

  test('BCB-10.erase · its completion is recorded by reference, and nothing leads from the person to the pseudonym any more', async () => {
    const [event] = (await bank.events('erasure.completed')).filter(({ facts }) => facts['erasure'] === erasure);
    expect(event).toMatchObject({ subject: '', outcome: 'success' });
    expect(await named(ada.pseudonym)).toEqual([]);
    expect((await erase(ada.subject)).completedAt).not.toBe('');
  });

  test('BCB-10.erase · the same reference makes another person', async () => {
    const { subject } = await bank.subject(ada.reference);
    expect(subject).not.toBe(ada.subject);
  });
});

describe('an erasure that is held up', () => {
  test('BCB-10.erase · an enrollment under way finds nobody', async () => {
    const { subject } = await bank.subject();
    const binding = await bank.binding(subject);
    await erase(subject);
    await expect(bank.options(binding)).rejects.toMatchObject({ code: 'enrollment_binding_refused' });
  });

  test('BCB-10.erase · after a day without all confirmations the alarm says so, until they come', async () => {
    const eve = await bank.customer();
    const { id } = await erase(eve.subject);
    await bank.rows(`update enrollment.erasure set requested_at = requested_at - interval '25 hours' where id = $1`, [
      id,
    ]);
    const [metrics, said] = [new ServiceMetrics(), jest.fn()];
    const log = { error: said } as unknown as Logger;
    const database = bank.installation.database.open('enrollment');
    const work = new ErasureWork({ database, erasures: new ErasureStore(), journal: {} as Journal, metrics, log });
    const overdue = async () => (await metrics.erasuresOverdue.get()).values[0]?.value;
    await work.watch();
    expect(await overdue()).toBe(1);
    expect(said).toHaveBeenCalledWith('erasure.overdue', {
      count: 1,
      reason: expect.stringContaining('risk, session'),
    });
    for (const source of ['audit', 'risk', 'session'] as const) await confirm(source, eve.pseudonym);
    await until('completed', async () => (await read(id)).state === 'completed');
    await work.watch();
    expect([await overdue(), said.mock.calls.length]).toEqual([0, 1]);
  });

  test('an operator is not erased while operating', async () => {
    const { subject } = await bank.subject();
    const slug = `operated-${uuidv7().slice(-6)}`;
    await bank.installation.tenant({ slug, operators: [{ subject, roles: ['admin'] }] });
    await expect(erase(subject)).rejects.toMatchObject({ code: 'subject_is_operator' });
  });
});
