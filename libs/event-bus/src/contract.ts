import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { utf8, uuidv7 } from '@countersign/kernel';
import {
  BEGINNING,
  BusHalted,
  PositionMoved,
  type EventBus,
  type EventMessage,
  type MessageBatch,
  type StoredPosition,
  type SubscribeOptions,
  type Subscription,
} from './port.js';

/** What a driver brings to its contract suite. */
export interface BusUnderTest {
  bus: EventBus;
  /** An empty topic of one partition that `bus` may write and read. */
  freshTopic(): Promise<string>;
}

/** One clause of the contract; `run` rejects when the driver breaks it. */
export interface ContractCase {
  name: string;
  run(given: BusUnderTest): Promise<void>;
}

const PATIENCE_MS = 15_000;

/** A consumer as services write them: its effects and its position change together or not at all. */
class Ledger {
  position: StoredPosition = BEGINNING;
  readonly ids: string[] = [];

  commit({ from, next, log, messages }: MessageBatch): void {
    if (this.position.next !== from) throw new PositionMoved('the ledger moved');
    this.ids.push(...messages.map(({ eventId }) => eventId));
    this.position = { next, log, last: messages.at(-1)!.eventId };
  }

  options(topic: string, consumer = 'ledger'): SubscribeOptions {
    return {
      topic,
      consumer,
      position: async () => this.position,
      handle: async (batch) => this.commit(batch),
      batchSize: 7,
    };
  }
}

const [left, right] = [uuidv7(), uuidv7()];

const event = (tenant = left): EventMessage => {
  const eventId = uuidv7();
  return { eventId, tenant, type: 'contract.event', leaf: utf8(`{"id":"${eventId}"}`) };
};
const events = (count: number): EventMessage[] => Array.from({ length: count }, (_, i) => event(i % 2 ? left : right));
const idsOf = (messages: EventMessage[]): string[] => messages.map(({ eventId }) => eventId);

async function until(done: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !done(); await sleep(10)) {
    assert.ok(Date.now() < end, `still waiting until ${what}`);
  }
}

/** Subscribes for as long as the work lasts. */
async function reading<T>(
  bus: EventBus,
  options: SubscribeOptions,
  work: (subscription: Subscription) => Promise<T>,
): Promise<T> {
  const subscription = bus.subscribe(options);
  try {
    return await work(subscription);
  } finally {
    await subscription.stop();
  }
}

/** Subscribes until the subscription ends by itself. @returns why, once `stalled` says something too */
async function halted(bus: EventBus, options: SubscribeOptions): Promise<string> {
  const told: unknown[] = [];
  return reading(bus, { ...options, onError: (error) => void told.push(error) }, async (subscription) => {
    await until(() => told.some((error) => error instanceof BusHalted), 'it halts');
    assert.ok(subscription.stalled());
    return told.find((error) => error instanceof BusHalted)!.code;
  });
}

/** What every driver of the port promises; run each case as one test. Independent of the test framework. */
export const eventBusContract: readonly ContractCase[] = [
  {
    name: 'bytes, tenant and type arrive as they were published, with and without sealed fields',
    async run({ bus, freshTopic }) {
      const topic = await freshTopic();
      const sent = [{ ...event(left), sealed: new Uint8Array([0, 255, 7]) }, event(right)];
      await bus.publish(topic, sent);
      const got: EventMessage[] = [];
      const handle = async ({ messages }: MessageBatch) => void got.push(...messages);
      await reading(bus, { topic, consumer: 'bytes', position: async () => BEGINNING, handle }, () =>
        until(() => got.length >= 2, 'both came'),
      );
      const plain = ({ leaf, sealed, writtenAt: _, ...rest }: EventMessage & { writtenAt?: number }) => ({
        ...rest,
        leaf: [...leaf],
        sealed: sealed && [...sealed],
      });
      const expected = sent.map((message, i) => ({ ...plain(message), offset: BigInt(i) }));
      assert.deepEqual(got.map(plain), expected);
    },
  },
  {
    name: 'events come in the order of publication, those published before and those published after subscribing',
    async run({ bus, freshTopic }) {
      const [topic, ledger] = [await freshTopic(), new Ledger()];
      const batches = [events(20), events(1), events(9)];
      await bus.publish(topic, batches[0]!);
      await reading(bus, ledger.options(topic), async () => {
        for (const batch of batches.slice(1)) await bus.publish(topic, batch);
        await until(() => ledger.ids.length >= 30, 'all came');
      });
      assert.deepEqual(ledger.ids, idsOf(batches.flat()));
    },
  },
  {
    name: 'a consumer resumes from the position it stored, not from where it was last served',
    async run({ bus, freshTopic }) {
      const [topic, ledger, sent] = [await freshTopic(), new Ledger(), events(30)];
      await bus.publish(topic, sent);
      await reading(bus, ledger.options(topic), () => until(() => ledger.ids.length >= 30, 'all came'));
      ledger.position = { ...ledger.position, next: 12n, last: sent[11]!.eventId };
      ledger.ids.length = 0;
      await reading(bus, ledger.options(topic), () => until(() => ledger.ids.length >= 18, 'the rest came again'));
      assert.deepEqual(ledger.ids, idsOf(sent).slice(12));
    },
  },
  {
    name: 'a batch whose handling failed is delivered again, and nothing overtakes it',
    async run({ bus, freshTopic }) {
      const [topic, ledger, sent] = [await freshTopic(), new Ledger(), events(20)];
      await bus.publish(topic, sent);
      let [calls, told] = [0, 0];
      const handle = async (batch: MessageBatch) => {
        if (++calls % 2) throw new Error('the consumer is not well');
        ledger.commit(batch);
      };
      const onError = () => void (told += 1);
      await reading(bus, { ...ledger.options(topic), handle, onError }, () =>
        until(() => ledger.ids.length >= 20, 'all came'),
      );
      assert.deepEqual(ledger.ids, idsOf(sent));
      assert.ok(told >= 2, 'failures were told');
    },
  },
  {
    name: 'a commit whose answer was lost is not repeated: the position is asked again',
    async run({ bus, freshTopic }) {
      const [topic, ledger, sent] = [await freshTopic(), new Ledger(), events(20)];
      await bus.publish(topic, sent);
      let lost = false;
      const handle = async (batch: MessageBatch) => {
        ledger.commit(batch);
        if (!lost) throw new Error(`the answer is lost ${(lost = true)}`);
      };
      await reading(bus, { ...ledger.options(topic), handle }, () => until(() => ledger.ids.length >= 20, 'all came'));
      assert.deepEqual(ledger.ids, idsOf(sent));
    },
  },
  {
    name: 'a batch published twice after an uncertain failure comes once or twice, never not at all, and its order stays',
    async run({ bus, freshTopic }) {
      const [topic, ledger, batch, last] = [await freshTopic(), new Ledger(), events(6), event()];
      for (let attempt = 0; attempt < 2; attempt++) await bus.publish(topic, batch);
      await bus.publish(topic, [last]);
      await reading(bus, ledger.options(topic), () => until(() => ledger.ids.at(-1) === last.eventId, 'the last came'));
      assert.deepEqual([...new Set(ledger.ids)], idsOf([...batch, last]));
    },
  },
  {
    name: 'two consumers of a topic each get everything, one waiting does not hold the other',
    async run({ bus, freshTopic }) {
      const [topic, quick, slow, sent] = [await freshTopic(), new Ledger(), new Ledger(), events(15)];
      await bus.publish(topic, sent);
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const waiting = {
        ...slow.options(topic, 'slow'),
        handle: (batch: MessageBatch) => gate.then(() => slow.commit(batch)),
      };
      await reading(bus, waiting, async () => {
        await reading(bus, quick.options(topic, 'quick'), () =>
          until(() => quick.ids.length >= 15, 'the quick one is done'),
        );
        assert.deepEqual(slow.ids, []);
        open();
        await until(() => slow.ids.length >= 15, 'the slow one is done');
      });
      assert.deepEqual([quick.ids, slow.ids], [idsOf(sent), idsOf(sent)]);
    },
  },
  {
    name: 'a zombie is fenced by the stored position: what it held back is counted once',
    async run({ bus, freshTopic }) {
      const [topic, ledger, sent] = [await freshTopic(), new Ledger(), events(25)];
      await bus.publish(topic, sent);
      let wakeUp = (): void => undefined;
      const asleep = new Promise<void>((resolve) => (wakeUp = resolve));
      const refused: unknown[] = [];
      let held = false;
      const zombie = {
        ...ledger.options(topic),
        handle: (batch: MessageBatch) => {
          held = true;
          return asleep.then(() => ledger.commit(batch));
        },
        onError: (error: unknown) => void refused.push(error),
      };
      await reading(bus, zombie, async () => {
        await until(() => held, 'the zombie holds a batch');
        await reading(bus, ledger.options(topic), async () => {
          await until(() => ledger.ids.length >= 1, 'the successor works');
          wakeUp();
          await until(() => ledger.ids.length >= 25 && refused.length > 0, 'all came and the zombie was refused');
        });
      });
      assert.ok(refused[0] instanceof PositionMoved);
      assert.deepEqual(ledger.ids, idsOf(sent));
    },
  },
  {
    name: 'after stop nothing is delivered any more',
    async run({ bus, freshTopic }) {
      const [topic, ledger] = [await freshTopic(), new Ledger()];
      await bus.publish(topic, events(3));
      await reading(bus, ledger.options(topic), () => until(() => ledger.ids.length >= 3, 'all came'));
      await bus.publish(topic, events(3));
      await sleep(300);
      assert.equal(ledger.ids.length, 3);
    },
  },
  {
    name: 'a position past the end stalls the subscription instead of jumping',
    async run({ bus, freshTopic }) {
      const [topic, ledger] = [await freshTopic(), new Ledger()];
      await bus.publish(topic, events(3));
      await reading(bus, ledger.options(topic), () => until(() => ledger.ids.length >= 3, 'all came'));
      ledger.position = { ...ledger.position, next: 100n };
      ledger.ids.length = 0;
      assert.equal(await halted(bus, ledger.options(topic)), 'bus_position_past_end');
      assert.deepEqual(ledger.ids, []);
    },
  },
  {
    name: 'a position that was counted in another log stalls the subscription, however well the number would fit',
    async run({ bus, freshTopic }) {
      const [topic, ledger] = [await freshTopic(), new Ledger()];
      await bus.publish(topic, events(3));
      ledger.position = { next: 2n, log: 'another bus', last: '' };
      assert.equal(await halted(bus, ledger.options(topic)), 'bus_log_replaced');
      assert.deepEqual(ledger.ids, []);
    },
  },
  {
    name: 'a halted subscription goes on without a restart once it is told to start anew: from where the log begins',
    async run({ bus, freshTopic }) {
      const [topic, ledger, sent] = [await freshTopic(), new Ledger(), events(9)];
      await bus.publish(topic, sent);
      ledger.position = { next: 100n, log: 'another bus', last: '' };
      const [heard, kept]: [unknown[], unknown[]] = [[], []];
      const options: SubscribeOptions = {
        ...ledger.options(topic),
        begin: async (_, at) => void (ledger.position = { ...at, last: '' }),
        halt: async (_, code) => void kept.push(code),
        onHalt: (_, code) => void heard.push(code),
      };
      await reading(bus, options, async (subscription) => {
        await until(() => kept.length > 1, 'it halts, and keeps saying so');
        assert.ok(subscription.stalled());
        ledger.position = { ...ledger.position, anew: true };
        await until(() => ledger.ids.length >= 9, 'all came');
        await until(() => subscription.stalled() === undefined, 'nothing is stalled');
      });
      assert.deepEqual(ledger.ids, idsOf(sent));
      assert.deepEqual(heard, ['bus_log_replaced', undefined]);
      assert.deepEqual(new Set(kept), new Set(['bus_log_replaced']));
    },
  },
];
