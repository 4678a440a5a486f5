import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventBusContract } from '@countersign/event-bus';
import type { KafkaBus } from '../src/index.js';
import { givenKafka, type Given } from './given.js';

let given: Given;
let bus: KafkaBus;
beforeAll(async () => {
  given = await givenKafka();
  bus = given.open();
}, 180_000);
afterAll(() => given.stop(), 60_000);

describe('the event bus on Kafka keeps the contract', () => {
  test.each(eventBusContract)('CARD-3.kafka · $name', async ({ run }) => {
    await expect(run({ bus, freshTopic: () => given.freshTopic() })).resolves.toBeUndefined();
  });
});
