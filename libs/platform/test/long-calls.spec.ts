import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcNetwork, rpcClient } from '../src/index.js';
import { CHALLENGE, Certificates, asking, call, challengeService } from './house.js';

/** Clients ping after 5 s and wait 5 s for the answer. */
const LONGER_THAN_PINGS_MS = 12_000;

let certificates: Certificates;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  certificates = await Certificates.open();
  closing.push(() => certificates.close());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('CARD-8.helm · a call that is being answered outlives its connection: neither age nor pings end it', async () => {
  const { dispatcher } = challengeService(async () => {
    await sleep(LONGER_THAN_PINGS_MS);
    return { seal: Buffer.from('answered') };
  });
  const tls = await certificates.of('challenge');
  const server = await new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls, connectionAgeMs: 300 }).serve(
    'challenge',
    dispatcher,
    () => true,
  );
  closing.push(() => server.close());
  const network = new GrpcNetwork({
    listen: '127.0.0.1:0',
    peers: { challenge: [`127.0.0.1:${server.port}`] },
    tls: await certificates.of('verification'),
  });
  closing.push(() => network.close());
  const client = rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
  expect((await client.issue(asking('a'), call(20_000))).seal.toString()).toBe('answered');
});
