import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { startKafka } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host, port] = address.split(':');
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

test('a broker starts on loopback, is killed, starts again on its data, and is gone after its end', async () => {
  const { brokers, addresses, stop } = await startKafka({ folder });
  expect(await answers(addresses[0]!)).toBe(true);
  await brokers[0]!.kill();
  expect(await answers(addresses[0]!)).toBe(false);
  await brokers[0]!.start();
  expect(await answers(addresses[0]!)).toBe(true);
  await stop();
  expect(brokers[0]!.running).toBe(false);
  expect(await answers(addresses[0]!)).toBe(false);
}, 180_000);
