import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { House } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.stop());

interface Outcome {
  status: number;
  closes: boolean;
}

/** One request over an agent's connections. @throws what the socket says */
const ask = (agent: Agent, port: number, headers: Record<string, string>): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ agent, port, host: '127.0.0.1', path: '/v1/auth/session', headers }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode!, closes: response.headers.connection === 'close' });
      });
    });
    outgoing.on('error', reject).end();
  });

test('a stop under load loses no request that was accepted', async () => {
  const gateway = await house.startGateway();
  const headers = house.signedIn();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const outcomes: Outcome[] = [];
  const lost: string[] = [];
  let running = true;
  const client = async (): Promise<void> => {
    while (running) {
      try {
        outcomes.push(await ask(agent, gateway.port!, headers));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ECONNREFUSED') return;
        lost.push(String(code));
      }
    }
  };
  const clients = Array.from({ length: 16 }, client);
  while (outcomes.length < 200) await sleep(10);
  await gateway.stop();
  running = false;
  await Promise.all(clients);
  agent.destroy();
  expect(lost).toEqual([]);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
  expect(outcomes.some(({ closes }) => closes)).toBe(true);
});

test('a request already being answered is finished, and an idle connection holds nothing up', async () => {
  const gateway = await house.startGateway();
  const agent = new Agent({ keepAlive: true });
  const headers = house.signedIn();
  await ask(agent, gateway.port!, headers);
  let release = (): void => undefined;
  house.session.slow = new Promise((resolve) => (release = resolve));
  const slow = ask(new Agent(), gateway.port!, headers);
  await sleep(100);
  let stopped = false;
  const stop = gateway.stop().then(() => (stopped = true));
  await sleep(700);
  expect(stopped).toBe(false);
  release();
  expect((await slow).status).toBe(200);
  await stop;
  agent.destroy();
});
