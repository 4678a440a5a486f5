import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StartedService } from '@countersign/platform';
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
  const checked = house.session.checks.length;
  const slow = ask(new Agent(), gateway.port!, headers);
  for (const end = Date.now() + 10_000; house.session.checks.length === checked; await sleep(10))
    if (Date.now() > end) throw new Error('the request did not arrive within 10 s');
  let stopped = false;
  const stop = gateway.stop().then(() => (stopped = true));
  await sleep(700);
  expect(stopped).toBe(false);
  release();
  expect((await slow).status).toBe(200);
  await stop;
  agent.destroy();
});

/** What a cluster does: a new connection goes to any gateway that is listed, and stays with it. */
function balanced(endpoints: () => readonly StartedService[]): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let turn = 0;
  agent.createConnection = () => {
    const listed = endpoints();
    return connect({ host: '127.0.0.1', port: listed[(turn += 1) % listed.length]!.port! });
  };
  return agent;
}

test('CARD-8.helm · one of two gateways goes, after its pause, and no request is lost, of busy and of slow clients', async () => {
  const behind = { behindTlsProxy: 'true' };
  const [one, two] = [await house.startGateway(behind), await house.startGateway(behind)];
  let listed = [one, two];
  const agent = balanced(() => listed);
  const outcomes: Outcome[] = [];
  const lost: string[] = [];
  let running = true;
  const client = async (pauseMs: number): Promise<void> => {
    const headers = house.signedIn();
    for (; running; await sleep(Math.random() * pauseMs)) {
      await ask(agent, 80, headers).then(
        (outcome) => outcomes.push(outcome),
        (error: NodeJS.ErrnoException) => lost.push(String(error.code)),
      );
    }
  };
  const clients = [...Array.from({ length: 8 }, () => client(50)), ...Array.from({ length: 60 }, () => client(4_000))];
  await sleep(1_000);
  // The pod is taken out of the list when its `preStop` pause begins; the signal comes after it.
  listed = [two];
  await sleep(500);
  await one.stop();
  running = false;
  await Promise.all(clients);
  agent.destroy();
  expect(lost).toEqual([]);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
  expect(outcomes.filter(({ closes }) => closes).length).toBeGreaterThan(0);
  await two.stop();
});

test('CARD-8.gateway · behind a proxy, a connection that was idle at the stop still gets its next request answered', async () => {
  const gateway = await house.startGateway({ behindTlsProxy: 'true' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = house.signedIn();
  expect(await ask(agent, gateway.port!, headers)).toEqual({ status: 200, closes: false });
  const stopped = gateway.stop();
  await sleep(2_000);
  expect(await ask(agent, gateway.port!, headers)).toEqual({ status: 200, closes: true });
  await stopped;
  agent.destroy();
});
