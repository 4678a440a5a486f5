import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcNetwork, rpcClient } from '../src/index.js';
import { breakable } from './breakable.js';
import { CHALLENGE, asking, call, challengeService, gate, refusalOf, type ChallengeClient } from './house.js';
import { withCertificates } from './with-certificates.js';

const { tlsOf, closing } = withCertificates();

/** Connections leave from 127.0.0.1: a port of another address is free when a replica comes back to it. */
const OWN_ADDRESS = '127.0.2.1';

interface Replica {
  address: string;
  close(): Promise<void>;
  asked: string[];
}

async function replica(name: string, listen = `${OWN_ADDRESS}:0`): Promise<Replica> {
  const asked: string[] = [];
  const { dispatcher } = challengeService(({ subject }) => {
    asked.push(subject);
    return Promise.resolve({ seal: Buffer.from(name) });
  });
  const network = new GrpcNetwork({ listen, peers: {}, tls: await tlsOf('challenge') });
  const server = await network.serve('challenge', dispatcher, () => true);
  closing.push(() => server.close());
  return { address: `${OWN_ADDRESS}:${server.port}`, close: () => server.close(), asked };
}

async function clientOf(...replicas: { address: string }[]): Promise<ChallengeClient> {
  const challenge = replicas.map(({ address }) => address);
  const tls = await tlsOf('verification');
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: { challenge }, tls });
  closing.push(() => network.close());
  return rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
}

const answered = async (client: ChallengeClient, subject = 'a'): Promise<string> =>
  (await client.issue(asking(subject), call(30_000))).seal.toString();

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen within 10 s');
    await sleep(20);
  }
}

test('a client connects before its first call, which does not wait for it then', async () => {
  const wire = createServer();
  await once(wire.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => void wire.close());
  const connection = once(wire, 'connection', { signal: AbortSignal.timeout(10_000) });
  await clientOf({ address: `127.0.0.1:${(wire.address() as AddressInfo).port}` });
  const [socket] = (await connection) as [Socket];
  closing.push(() => socket.destroy());
});

describe('two replicas', () => {
  test('take turns', async () => {
    const [one, two] = [await replica('one'), await replica('two')];
    const client = await clientOf(one, two);
    const names = new Set<string>();
    await until(async () => names.add(await answered(client)).size === 2);
    one.asked.length = two.asked.length = 0;
    for (let turn = 0; turn < 10; turn++) await answered(client);
    expect([one.asked.length, two.asked.length]).toEqual([5, 5]);
  });

  test('no call is lost while one of them leaves in the middle of the load', async () => {
    const [one, two] = [await replica('one'), await replica('two')];
    const client = await clientOf(one, two);
    let leaving: Promise<void> | undefined;
    const answers: string[] = [];
    const loop = async (worker: number): Promise<void> => {
      for (let turn = 0; turn < 60; turn++) {
        answers.push(await answered(client, `${worker}.${turn}`));
        if (worker === 0 && turn === 20) leaving = one.close();
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => loop(worker)));
    await leaving;
    expect(answers).toHaveLength(480);
    expect(new Set([...one.asked, ...two.asked]).size).toBe(480);
    // None was handled twice: a call that may have reached a handler is not sent again.
    expect(one.asked.length + two.asked.length).toBe(480);
  });

  test('one that comes back at its address is used again', async () => {
    const [one, two] = [await replica('one'), await replica('two')];
    const client = await clientOf(one, two);
    await one.close();
    for (let turn = 0; turn < 5; turn++) expect(await answered(client)).toBe('two');
    const again = await replica('one again', one.address);
    await until(async () => (await answered(client)) === 'one again');
    expect(again.asked.length).toBeGreaterThan(0);
  });
});

test('CARD-8.helm · a replica that falls silent gets no calls after ten seconds; nobody has to end it', async () => {
  const silent: string[] = [];
  const { dispatcher } = challengeService(({ subject }) => {
    silent.push(subject);
    return Promise.resolve({ seal: Buffer.from('silent') });
  });
  const relay = await breakable(dispatcher, await tlsOf('challenge'));
  closing.push(() => relay.close());
  const client = await clientOf(relay, await replica('alive'));
  await until(async () => (await answered(client)) === 'silent');
  const begun = Date.now();
  await relay.silence();
  // Five seconds to the next ping and five for its answer; the rest is for a busy machine.
  expect(Date.now() - begun).toBeLessThan(20_000);
  for (let turn = 0; turn < 10; turn++) expect(await answered(client)).toBe('alive');
});

describe('a call whose connection breaks', () => {
  test('while it is being handled is not sent again: it may have had its effect', async () => {
    const { open: go, passed } = gate();
    const handled: string[] = [];
    const { dispatcher } = challengeService(async ({ subject }) => {
      handled.push(subject);
      await passed;
      return { seal: Buffer.alloc(0) };
    });
    const relay = await breakable(dispatcher, await tlsOf('challenge'));
    closing.push(() => relay.close());
    const client = await clientOf(relay);
    const sent = refusalOf(client.issue(asking('once'), call()));
    await until(() => handled.length === 1);
    relay.cut();
    expect(await sent).toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } });
    await sleep(400);
    expect(handled).toEqual(['once']);
    go();
  });

  test('before it was sent leaves the client able to find who listens next', async () => {
    const one = await replica('one');
    const client = await clientOf(one);
    expect(await answered(client)).toBe('one');
    await one.close();
    const back = replica('back', one.address);
    await until(async () => (await answered(client).catch(() => '')) === 'back');
    expect((await back).asked.length).toBeGreaterThan(0);
  });
});
