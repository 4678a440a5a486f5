import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcNetwork, rpcClient } from '../src/index.js';
import { CHALLENGE, asking, call, challengeService } from './house.js';
import { withCertificates } from './with-certificates.js';

/** Clients ping after 5 s and wait 5 s for the answer. */
const LONGER_THAN_PINGS_MS = 12_000;

const { tlsOf, closing } = withCertificates();

test('CARD-8.helm · a call that is being answered outlives its connection: neither age nor pings end it', async () => {
  const { dispatcher } = challengeService(async () => {
    await sleep(LONGER_THAN_PINGS_MS);
    return { seal: Buffer.from('answered') };
  });
  const tls = await tlsOf('challenge');
  const server = await new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls, connectionAgeMs: 300 }).serve(
    'challenge',
    dispatcher,
    () => true,
  );
  closing.push(() => server.close());
  const network = new GrpcNetwork({
    listen: '127.0.0.1:0',
    peers: { challenge: [`127.0.0.1:${server.port}`] },
    tls: await tlsOf('verification'),
  });
  closing.push(() => network.close());
  const client = rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
  expect((await client.issue(asking('a'), call(20_000))).seal.toString()).toBe('answered');
});
