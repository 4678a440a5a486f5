import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventMessage } from '@countersign/event-bus';
import { refuse, uuidv7 } from '@countersign/kernel';
import { OutboxRelay, type Held, type Manifest } from '../src/index.js';
import { closeMinutes } from '../src/manifest-rows.js';
import { append, digestOf, idAt, manifests, minutesAgo, pool, sent, uncovered, withManifests } from './manifests.js';

withManifests();

/** Audit and the bus before it, in memory: what is swallowed was acknowledged and never arrived. */
class FakeAudit {
  readonly ids = new Set<string>();
  readonly asked: Manifest[] = [];
  /** Ids that are swallowed, once each. */
  readonly swallows = new Set<string>();
  away = false;

  bus = {
    publish: async (_topic: string, messages: readonly EventMessage[]) => {
      for (const { eventId } of messages) if (!this.swallows.delete(eventId)) this.ids.add(eventId);
    },
  };

  async compare(manifest: Manifest): Promise<Held> {
    if (this.away) throw new Error('audit is away');
    this.asked.push(manifest);
    const [from, until] = [idFloor(manifest.from), idFloor(manifest.until)];
    const ids = [...this.ids].filter((id) => id >= from && id < until);
    return { equal: digestOf(ids).equals(manifest.digest), events: ids.length, passed: true };
  }

  missing = async (ids: readonly string[]): Promise<string[]> => ids.filter((id) => !this.ids.has(id));
}
const idFloor = (at: Date): string => {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
};

let audit: FakeAudit;
const relays: OutboxRelay[] = [];
const alarms: [string, Record<string, unknown>][] = [];
beforeEach(() => {
  audit = new FakeAudit();
  alarms.length = 0;
});
afterEach(() => Promise.all(relays.splice(0).map((relay) => relay.stop())));

const alarm = {
  warn: (event: string, fields: Record<string, unknown>) => void alarms.push([event, fields]),
  error: (event: string, fields: Record<string, unknown>) => void alarms.push([event, fields]),
};
const alarmed = (event: string): Record<string, unknown>[] =>
  alarms.filter(([name]) => name === event).map(([, fields]) => fields);

const missed: number[] = [];
function relay(more: Partial<ConstructorParameters<typeof OutboxRelay>[0]> = {}): OutboxRelay {
  missed.length = 0;
  const onMissing = (count: number): void => void missed.push(count);
  const manifests = { log: audit, alarm, onMissing, graceMs: 0, everyMs: 80, patienceMs: 100 };
  const made = new OutboxRelay({ service: 'source', database: pool, bus: audit.bus, log: alarm, manifests, ...more });
  relays.push(made);
  return made;
}

/** The limit is the test's own. */
async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await done())) await sleep(20);
}

describe('the keeper', () => {
  test('CARD-6.consumer · what the bus took and lost is found missing, told, sent again, and covered then', async () => {
    const start = minutesAgo(10);
    const lost = await append(idAt(start + 1), idAt(start + 2));
    for (const id of lost) audit.swallows.add(id);
    const running = relay();
    await until(() => audit.swallows.size === 0);
    await append(idAt(start + 3));
    running.wake();
    await until(async () => audit.ids.size === 3 && (await manifests()).length > 0 && (await uncovered()).length === 0);
    expect(lost.every((id) => audit.ids.has(id))).toBe(true);
    expect(missed).toEqual([2]);
    expect(alarmed('outbox.events_missing')).toMatchObject([{ service: 'source', count: 2 }]);
  });

  test('CARD-6.consumer · an event that comes after its minute was covered opens it again and is covered with it', async () => {
    const start = minutesAgo(10);
    await append(idAt(start));
    const running = relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    const [late] = await append(idAt(start + 30_000));
    running.wake();
    await until(async () => (await manifests())[0]!.events === 2 && (await uncovered()).length === 0);
    expect((await manifests())[0]!.digest).toEqual(digestOf([...audit.ids]));
    expect(audit.ids.has(late!)).toBe(true);
    expect(missed).toEqual([]);
  });

  test('CARD-6.consumer · while audit is away events go out, rows stay, and one line says so', async () => {
    audit.away = true;
    await append(idAt(minutesAgo(10)));
    const running = relay();
    await until(() => alarmed('outbox.manifest_not_compared').length > 0);
    await append(uuidv7());
    running.wake();
    await until(() => audit.ids.size === 2);
    await sleep(300);
    expect(alarmed('outbox.manifest_not_compared')).toHaveLength(1);
    expect((await manifests()).filter(({ covered_at }) => covered_at !== null)).toEqual([]);
    audit.away = false;
    await until(async () => (await uncovered()).length === 0);
  });

  test('CARD-6.consumer · of two relays one asks', async () => {
    await append(idAt(minutesAgo(10)));
    relay();
    relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    const asked = audit.asked.map(({ from }) => from.getTime());
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('CARD-6.consumer · a minute whose count has become wrong unnoticed is counted again, and covered then', async () => {
    const minute = minutesAgo(3);
    const ids = await append(idAt(minute + 1));
    await sent();
    await closeMinutes(pool, 0, 30);
    ids.push(...(await append(idAt(minute + 2))));
    await sent();
    for (const id of ids) audit.ids.add(id);
    relay();
    await until(async () => (await manifests()).length > 0 && (await uncovered()).length === 0);
    expect((await manifests()).map(({ events }) => events)).toContain(2);
    expect(alarmed('outbox.events_unknown')).toEqual([]);
  });

  test('CARD-6.consumer · a question that audit refuses keeps no other minute from being covered', async () => {
    const [refused, other] = [minutesAgo(5), minutesAgo(4)];
    await append(idAt(refused + 1), idAt(other + 1));
    const compare = audit.compare.bind(audit);
    audit.compare = async (manifest) => {
      if (manifest.from.getTime() === refused) throw refuse('request_invalid');
      return compare(manifest);
    };
    relay();
    const rows = async () => (await manifests()).filter(({ from_at }) => +from_at <= other);
    await until(async () => (await rows()).some(({ from_at, covered_at }) => +from_at === other && covered_at));
    expect((await rows())[0]).toMatchObject({ from_at: new Date(refused), covered_at: null, differs_since: null });
    expect(alarmed('outbox.manifest_refused').length).toBeGreaterThan(0);
  });

  test('CARD-6.consumer · what the log has under this service’s name and the outbox never had is told, and not covered', async () => {
    const start = minutesAgo(10);
    await append(idAt(start));
    audit.ids.add(idAt(start + 1)).add(idAt(start + 2));
    relay();
    await until(() => alarmed('outbox.events_unknown').length > 0);
    expect(alarmed('outbox.events_unknown')[0]).toMatchObject({ service: 'source', count: 2 });
    expect((await uncovered())[0]!.from_at.getTime()).toBe(start);
    expect(missed).toEqual([]);
  });
});
