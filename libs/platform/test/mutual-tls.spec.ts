import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Metadata, credentials, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { GrpcNetwork, rpcClient, type TlsMaterial } from '../src/index.js';
import { CHALLENGE, Certificates, asking, call, challengeService, echo, refusalOf, type Noted } from './house.js';
import { certificateNaming } from './certificate-naming.js';

const asIs = (bytes: Buffer): Buffer => bytes;
/** A refusal comes at once or after the second that a client waits for another replica; a busy machine may take as long again. */
const PATIENT_MS = 20_000;
const request = (): Buffer => CHALLENGE.issue.requestSerialize(asking('someone'));

let house: Certificates;
let stranger: Certificates;
let noted: Noted;
let reached: string[];
const closing: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  [house, stranger] = [await Certificates.open(), await Certificates.open()];
  reached = [];
  closing.push(
    () => house.close(),
    () => stranger.close(),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A challenge service that presents this certificate. */
async function serve(tls: TlsMaterial): Promise<string> {
  const made = challengeService((asked, { caller }) => {
    reached.push(caller);
    return echo(asked);
  });
  noted = made.noted;
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls });
  const server = await network.serve('challenge', made.dispatcher, () => true);
  closing.push(() => server.close());
  return `127.0.0.1:${server.port}`;
}

function clientWith(tls: TlsMaterial, address: string) {
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: { challenge: [address] }, tls });
  closing.push(() => network.close());
  // Who the caller claims to be is of no interest over gRPC: its certificate says it.
  return rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
}

/** A call by a client of its own making, with whatever metadata it likes. */
function rawCall(address: string, secure: ChannelCredentials, entries: Record<string, string> = {}): Promise<Buffer> {
  const client = new Client(address, secure, { 'grpc.ssl_target_name_override': 'localhost' });
  closing.push(() => client.close());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  const options = { deadline: Date.now() + PATIENT_MS };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(CHALLENGE.issue.path, asIs, asIs, request(), metadata, options, (error, body) =>
      error ? reject(error) : resolve(body!),
    );
  });
}
const statusOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: unknown) =>
      String((error as ServiceError).metadata.get('countersign-error')[0] ?? (error as ServiceError).code),
  );
const UNAVAILABLE = '14';

describe('a server over mutual TLS', () => {
  test('BCB-9.mtls · takes the caller from the certificate, whatever the metadata and the client say', async () => {
    const address = await serve(await house.of('challenge'));
    const { ca, key, cert } = await house.of('gateway');
    const claims = {
      caller: 'verification',
      from: 'verification',
      'x-service': 'verification',
      'user-agent': 'verification',
    };
    expect(await statusOf(rawCall(address, credentials.createSsl(ca, key, cert), claims))).toContain('call_refused');
    expect(await refusalOf(clientWith({ ca, key, cert }, address).issue(asking('a'), call()))).toMatchObject({
      code: 'call_refused',
    });
    expect(noted.refused.map(({ caller }) => caller)).toEqual(['gateway', 'gateway']);
    expect((await clientWith(await house.of('verification'), address).issue(asking('a'), call())).seal.toString()).toBe(
      'a',
    );
    expect(reached).toEqual(['verification']);
  });

  test('BCB-9.mtls · a caller without a certificate, or in plain text, does not get in', async () => {
    const address = await serve(await house.of('challenge'));
    expect(await statusOf(rawCall(address, credentials.createSsl(house.ca)))).toBe(UNAVAILABLE);
    expect(await statusOf(rawCall(address, credentials.createInsecure()))).toBe(UNAVAILABLE);
    expect([reached, noted.refused]).toEqual([[], []]);
  });

  test('BCB-9.mtls · a certificate of another authority, or one that has expired, does not get in', async () => {
    const address = await serve(await house.of('challenge'));
    const foreign = { ...(await stranger.of('verification')), ca: house.ca };
    const expired = await house.of('verification', -1);
    for (const { ca, key, cert } of [foreign, expired])
      expect(await statusOf(rawCall(address, credentials.createSsl(ca, key, cert)))).toBe(UNAVAILABLE);
    expect([reached, noted.refused]).toEqual([[], []]);
  });

  test.each([
    ['two of our URIs', ['spiffe://countersign/verification', 'spiffe://countersign/challenge']],
    ['no URI', []],
    ['another trust domain', ['spiffe://elsewhere/verification']],
  ])('BCB-9.mtls · a certificate of ours with %s is nobody: refused and recorded', async (_, uris) => {
    const address = await serve(await house.of('challenge'));
    const { ca, key, cert } = await certificateNaming(house, uris);
    expect(await statusOf(rawCall(address, credentials.createSsl(ca, key, cert)))).toContain('call_refused');
    expect([reached, noted.refused.map(({ caller }) => caller)]).toEqual([[], ['unknown']]);
  });
});

describe('a client over mutual TLS', () => {
  const asked = async (tls: TlsMaterial): Promise<unknown> => {
    const address = await serve(tls);
    return refusalOf(clientWith(await house.of('verification'), address).issue(asking('a'), call(PATIENT_MS)));
  };

  test('BCB-9.mtls · says nothing to a server that is another service of ours', async () => {
    expect(await asked(await house.of('risk'))).toMatchObject({ code: 'unavailable' });
    expect(reached).toEqual([]);
  });

  test('BCB-9.mtls · nor to one of another authority, expired, or with two names', async () => {
    const two = await certificateNaming(house, ['spiffe://countersign/challenge', 'spiffe://countersign/risk']);
    const foreign = { ...(await stranger.of('challenge')), ca: house.ca };
    for (const tls of [two, foreign, await house.of('challenge', -1)]) {
      expect(await asked(tls)).toMatchObject({ code: 'unavailable' });
      expect(reached).toEqual([]);
    }
  });

  test('BCB-9.mtls · nor to one that speaks plain text', async () => {
    const heard: Buffer[] = [];
    const plain = createServer((socket) =>
      socket
        .on('data', (data) => heard.push(data))
        .on('error', () => undefined)
        .end(),
    );
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => void plain.close());
    const { port } = plain.address() as { port: number };
    const client = clientWith(await house.of('verification'), `127.0.0.1:${port}`);
    expect(await refusalOf(client.issue(asking('canary-88'), call(PATIENT_MS)))).toMatchObject({ code: 'unavailable' });
    expect(Buffer.concat(heard).includes('canary-88')).toBe(false);
  });
});
