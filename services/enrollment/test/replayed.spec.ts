import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeLeaf, type EventFields, type ServiceName } from '@countersign/contracts';
import { createDatabase } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { Bank } from './bank.js';

const HOUR_MS = 3_600_000;
let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open({}, {}, ['audit', 'risk']);
});
afterAll(() => bank.stop());

async function until(sql: string, values: unknown[] = []): Promise<void> {
  for (const end = Date.now() + 15_000; (await bank.rows(sql, values)).length === 0; await sleep(50))
    if (Date.now() > end) throw new Error(`never: ${sql}`);
}

type Told = Partial<EventFields> & Pick<EventFields, 'source' | 'type'>;

const eventOf = (told: Told, at = new Date()) => ({
  source: told.source,
  message: makeLeaf({ tenant: bank.tenant.tenant, outcome: 'success', request: uuidv7(), ...told }, at),
});

/** The bus delivers these in this order, and enrollment has read them. */
async function delivered(...events: ReturnType<typeof eventOf>[]): Promise<void> {
  for (const { source, message } of events) {
    const relay = createDatabase({ url: bank.installation.database.relayUrl(source), schema: source, max: 1 });
    await postgresBus(relay).publish(source, [message]);
    await relay.close();
    await until(
      `select from enrollment.consumer_position p, bus.topic t
        where p.topic = $1 and t.name = $1 and p.next_offset = t.next_offset`,
      [source],
    );
  }
}

describe('when a device was last used', () => {
  const credentials = (id: string) =>
    bank.rows<{ last_used_at: Date }>('select * from enrollment.credential where id = $1', [id]);

  test.each(['session.established', 'session.elevated'] as const)(
    'CARD-6.consumer · %s that comes again, or behind a later one, changes nothing',
    async (type) => {
      const { device: credential, pseudonym: subject } = await bank.customer();
      const [then, now] = [new Date(Date.now() - 70 * HOUR_MS), new Date()];
      const [early, late] = [then, now].map((at) => eventOf({ source: 'session', type, subject, credential }, at));
      await delivered(late!, early!);
      const before = await credentials(credential);
      expect(before.map(({ last_used_at }) => last_used_at.toISOString())).toEqual([now.toISOString()]);
      await delivered(early!, late!, early!);
      expect(await credentials(credential)).toEqual(before);
    },
  );
});

describe('an erasure', () => {
  const confirmed = (source: ServiceName, subject: string) => eventOf({ source, type: 'erasure.confirmed', subject });
  const orders = (id: string) =>
    bank.rows<{ confirmed: string[] }>('select * from enrollment.erasure where id = $1', [id]);

  test('BCB-10.erase · is confirmed by each service once, whatever order they come in and however often, also when it is complete', async () => {
    const { subject, pseudonym } = await bank.customer();
    const { erasure } = await bank.asServer('eraseSubject', { subject, tenant: '' }, { scope: 'subjects:erase' });
    const { id } = erasure!;
    const [audit, risk, session] = (['audit', 'risk', 'session'] as const).map((name) => confirmed(name, pseudonym));
    await delivered(session!, risk!);
    const before = await orders(id);
    expect(before.map((order) => order.confirmed)).toEqual([['session', 'risk']]);
    await until('select where not exists (select from enrollment.device_ending where erasure = $1)', [id]);
    await delivered(risk!, session!, risk!);
    expect(await orders(id)).toEqual(before);
    await delivered(audit!);
    await until('select from enrollment.erasure where id = $1 and completed_at is not null', [id]);
    const complete = await orders(id);
    await delivered(session!, audit!, risk!, audit!);
    await sleep(2_500);
    expect(await orders(id)).toEqual(complete);
    const told = (await bank.events('erasure.completed')).filter(({ facts }) => facts['erasure'] === id);
    expect(told).toHaveLength(1);
  });
});
