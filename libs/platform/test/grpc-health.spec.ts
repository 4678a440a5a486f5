import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import { GrpcNetwork, Health } from '../src/index.js';
import { Certificates, challengeService, echo } from './house.js';

let certificates: Certificates;
beforeEach(async () => {
  certificates = await Certificates.open();
});
afterEach(() => certificates.close());

/** `grpc.health.v1`: field 1 of the answer, 1 SERVING, 2 NOT_SERVING. */
function check(client: Client): Promise<number> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, Buffer.alloc(0), (error, body) =>
      error ? reject(error) : resolve(body![1]!),
    );
  });
}

describe('gRPC health', () => {
  test('follows readiness from the first moment on', async () => {
    const health = new Health();
    let held = false;
    health.require('snapshots', () => held);
    const tls = await certificates.of('challenge');
    const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls });
    const server = await network.serve('challenge', challengeService(echo).dispatcher, health.ready);
    const { ca, key, cert } = await certificates.of('verification');
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createSsl(ca, key, cert), {
      'grpc.ssl_target_name_override': 'localhost',
    });
    try {
      expect(await check(client)).toBe(2);
      held = true;
      while ((await check(client)) !== 1);
      health.drain();
      while ((await check(client)) !== 2);
    } finally {
      client.close();
      await server.close();
    }
  });

  test('a stream that watches it does not hold up the stop', async () => {
    const tls = await certificates.of('challenge');
    const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls });
    const server = await network.serve('challenge', challengeService(echo).dispatcher, () => true);
    const { ca, key, cert } = await certificates.of('verification');
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createSsl(ca, key, cert), {
      'grpc.ssl_target_name_override': 'localhost',
    });
    const asIs = (bytes: Buffer): Buffer => bytes;
    const watching = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', asIs, asIs, Buffer.alloc(0));
    watching.on('error', () => undefined);
    const told: number[] = [];
    watching.on('data', (status: Buffer) => told.push(status[1]!));
    await once(watching, 'data');
    await server.close();
    client.close();
    expect(told[0]).toBe(1);
    expect(told.at(-1)).toBe(2);
  });
});
