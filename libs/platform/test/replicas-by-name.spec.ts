import { promises as dns } from 'node:dns';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcNetwork, rpcClient } from '../src/index.js';
import { CHALLENGE, asking, call, challengeService, refusalOf, type ChallengeClient } from './house.js';
import { withCertificates } from './with-certificates.js';

/** Names end in `.test` (RFC 6761 §6.2): none of them exists but here. */
const NAME = 'countersign-challenge.test';
const WORKERS = 8;

const { tlsOf, closing } = withCertificates();
/** What the name resolves to, as a cluster's DNS would tell; the sockets are real. */
let addresses: string[];
const { lookup } = dns;
beforeEach(() => {
  addresses = [];
  dns.lookup = ((host: string, options: never) =>
    host === NAME
      ? addresses.length > 0
        ? Promise.resolve(addresses.map((address) => ({ address, family: 4 })))
        : Promise.reject(new Error('ENOTFOUND'))
      : lookup(host, options)) as typeof lookup;
  closing.push(() => (dns.lookup = lookup));
});

interface Replica {
  address: string;
  asked: string[];
  close(): Promise<void>;
}

let port = 0;
let last = 1;

/** A replica at an address of its own, all at one port, as pods are. */
async function replica(connectionAgeMs = 60_000): Promise<Replica> {
  const asked: string[] = [];
  const address = `127.0.1.${(last += 1)}`;
  const { dispatcher } = challengeService(async ({ subject }) => {
    asked.push(subject);
    await sleep(2);
    return { seal: Buffer.from(address) };
  });
  const tls = await tlsOf('challenge');
  const network = new GrpcNetwork({ listen: `${address}:${port}`, peers: {}, tls, connectionAgeMs });
  const server = await network.serve('challenge', dispatcher, () => true);
  port = server.port;
  closing.push(() => server.close());
  return { address, asked, close: () => server.close() };
}

async function clientByName(): Promise<ChallengeClient> {
  const tls = await tlsOf('verification');
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: { challenge: [`${NAME}:${port}`] }, tls });
  closing.push(() => network.close());
  return rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
}

/** Calls without end, by several at once; what they were answered with, and how they failed. */
function load(client: ChallengeClient): { sent: string[]; failed: unknown[]; stop(): Promise<void> } {
  const [sent, failed]: [string[], unknown[]] = [[], []];
  let running = true;
  const worker = async (number: number): Promise<void> => {
    for (let turn = 0; running; turn++) {
      const subject = `${number}.${turn}`;
      sent.push(subject);
      await client.issue(asking(subject), call(30_000)).catch((error: unknown) => failed.push(error));
    }
  };
  const workers = Array.from({ length: WORKERS }, (_, number) => worker(number));
  const stop = async (): Promise<void> => {
    running = false;
    await Promise.all(workers);
  };
  return { sent, failed, stop };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 30 s');
    await sleep(20);
  }
}

describe('replicas behind a name', () => {
  test('CARD-8.helm · all get calls, by turns', async () => {
    const replicas = [await replica(), await replica(), await replica()];
    addresses = replicas.map(({ address }) => address);
    const client = await clientByName();
    const { stop, failed } = load(client);
    await until(() => replicas.every(({ asked }) => asked.length >= 20));
    await stop();
    expect(failed).toEqual([]);
  });

  test('CARD-8.helm BCB-9.mtls · are believed by their certificate, not by the name that led to them', async () => {
    const { address, asked } = await replica();
    addresses = [address];
    const tls = await tlsOf('verification');
    const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: { risk: [`${NAME}:${port}`] }, tls });
    closing.push(() => network.close());
    const client = rpcClient(CHALLENGE, network.channel('verification', 'risk'));
    expect(await refusalOf(client.issue(asking('a'), call(10_000)))).toMatchObject({ code: 'unavailable' });
    expect(asked).toEqual([]);
  });

  test('a name that nobody knows is unavailable within seconds, and used as soon as it is known', async () => {
    const { address, asked } = await replica();
    const client = await clientByName();
    const since = Date.now();
    expect(await refusalOf(client.issue(asking('a'), call(60_000)))).toMatchObject({ code: 'unavailable' });
    // It waits a second for a replica, and not for its deadline.
    expect(Date.now() - since).toBeLessThan(20_000);
    addresses = [address];
    await until(() => {
      void client.issue(asking('b'), call()).catch(() => undefined);
      return asked.length > 0;
    });
  });

  test('CARD-8.helm · replaced one after the other, they lose no call and handle none twice', async () => {
    const replicas = [await replica(), await replica()];
    addresses = replicas.map(({ address }) => address);
    const { sent, failed, stop } = load(await clientByName());
    for (let round = 0; round < 3; round++) {
      const [old, next] = [replicas.at(-2)!, await replica()];
      replicas.push(next);
      // DNS forgets a pod when it begins to end; the pod goes on answering during its preStop pause.
      addresses = [...addresses.filter((address) => address !== old.address), next.address];
      await sleep(300);
      await old.close();
      await until(() => next.asked.length > 0);
    }
    await stop();
    expect(failed).toEqual([]);
    const handled = replicas.flatMap(({ asked }) => asked);
    expect(handled.sort()).toEqual(sent.sort());
  });

  test('CARD-8.helm · a single one is replaced without a lost call', async () => {
    const old = await replica();
    addresses = [old.address];
    const { sent, failed, stop } = load(await clientByName());
    await until(() => old.asked.length > 100);
    const next = await replica();
    addresses = [next.address];
    await sleep(300);
    await old.close();
    await until(() => next.asked.length > 100);
    await stop();
    expect(failed).toEqual([]);
    expect([...old.asked, ...next.asked].sort()).toEqual(sent.sort());
  });

  test('CARD-8.helm · a new one gets calls when connections have reached their age, and none is lost by it', async () => {
    const first = await replica(1_000);
    addresses = [first.address];
    const { sent, failed, stop } = load(await clientByName());
    await until(() => first.asked.length > 0);
    const second = await replica(1_000);
    addresses = [first.address, second.address];
    await until(() => second.asked.length > 100);
    await sleep(3_000);
    await stop();
    expect(failed).toEqual([]);
    expect([...first.asked, ...second.asked].sort()).toEqual(sent.sort());
  });
});
