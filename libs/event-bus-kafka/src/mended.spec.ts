import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import './client.js';
import { RequestQueue } from './kafkajs-inside.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

interface Connection {
  throttledUntil: number;
  checkPendingRequests(): void;
  push(request: object): void;
}

function connection(): Connection {
  const Queue = RequestQueue as unknown as new (options: object) => Connection;
  return new Queue({ maxInFlightRequests: null, logger: { debug: () => undefined } });
}

test('CARD-3.kafka · a connection on which nothing waits sets no timer; one that has to wait goes on by itself', () => {
  const of = connection();
  of.checkPendingRequests();
  expect(jest.getTimerCount()).toBe(0);
  const sendRequest = jest.fn();
  of.throttledUntil = Date.now() + 500;
  of.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest });
  expect([jest.getTimerCount(), sendRequest.mock.calls.length]).toEqual([1, 0]);
  jest.advanceTimersByTime(600);
  expect([jest.getTimerCount(), sendRequest.mock.calls.length]).toEqual([0, 1]);
});
