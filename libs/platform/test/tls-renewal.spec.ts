import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GrpcNetwork, TlsRenewal, createLog, rpcClient, type TlsFiles, type TlsMaterial } from '../src/index.js';
import { CHALLENGE, Certificates, asking, call, challengeService, echo } from './house.js';

const LOOK_MS = 50;
const SEEN_MS = 4 * LOOK_MS;
const AGE_MS = 600;
const SERIAL = /^[\dA-F]{8,}$/;

let old: Certificates;
let next: Certificates;
let root: string;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  [old, next] = [await Certificates.open(), await Certificates.open()];
  root = mkdtempSync(join(tmpdir(), 'tls-renewal-'));
  closing.push(
    () => old.close(),
    () => next.close(),
    () => rmSync(root, { recursive: true }),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A Secret as the kubelet mounts it: files are links through `..data`, which one rename points elsewhere. */
class Mounted {
  private versions = 0;
  readonly files: TlsFiles;

  constructor(private readonly folder: string) {
    mkdirSync(folder);
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(join('..data', name), join(folder, name));
    const [certFile, keyFile, caFile] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => join(folder, name));
    this.files = { certFile: certFile!, keyFile: keyFile!, caFile: caFile! };
  }

  put({ cert, key, ca }: TlsMaterial): void {
    const version = `..version-${(this.versions += 1)}`;
    mkdirSync(join(this.folder, version));
    for (const [name, content] of Object.entries({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }))
      writeFileSync(join(this.folder, version, name), content, { mode: 0o440 });
    symlinkSync(version, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
  }
}

interface Followed {
  mounted: Mounted;
  renewal: TlsRenewal;
  lines: string[];
  left: number[];
}

async function followed(name: 'challenge' | 'verification', material?: TlsMaterial): Promise<Followed> {
  const mounted = new Mounted(join(root, name));
  mounted.put(material ?? (await old.of(name)));
  const [lines, left]: [string[], number[]] = [[], []];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const onSecondsLeft = (seconds: number): void => void left.push(seconds);
  const renewal = new TlsRenewal(mounted.files, { service: name, log, onSecondsLeft, lookMs: LOOK_MS });
  closing.push(() => renewal.stop());
  return { mounted, renewal, lines, left };
}

async function serve({ renewal }: Followed): Promise<number> {
  const { dispatcher } = challengeService(echo);
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls: renewal.tls, connectionAgeMs: AGE_MS });
  const server = await network.serve('challenge', dispatcher, () => true);
  closing.push(() => server.close());
  return server.port;
}

function clientTo(port: number, { renewal }: Followed) {
  const peers = { challenge: [`127.0.0.1:${port}`] };
  const network = new GrpcNetwork({ listen: '127.0.0.1:0', peers, tls: renewal.tls });
  closing.push(() => network.close());
  return rpcClient(CHALLENGE, network.channel('verification', 'challenge'));
}

/** Serial number of the certificate that a server shows, or why it does not let this client in. */
const greeted = (port: number, { cert, key, ca }: TlsMaterial): Promise<string> =>
  new Promise((resolve) => {
    const options = {
      cert,
      key,
      ca,
      ALPNProtocols: ['h2'],
      servername: 'localhost',
      checkServerIdentity: () => undefined,
    };
    const socket = connect({ port, host: '127.0.0.1', ...options });
    // A server tells only after the handshake that it does not take a certificate (TLS 1.3).
    socket.once('data', () => (resolve(socket.getPeerCertificate().serialNumber), socket.destroy()));
    socket.once('close', () => resolve('closed'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });

const bundle = (...authorities: (Buffer | string)[]): Buffer =>
  Buffer.from(authorities.map((each) => each.toString().trim()).join('\n# the next one\n'));

const isInForce = ({ renewal }: Followed, { cert }: TlsMaterial): boolean => renewal.tls.current.cert.equals(cert);

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 30 s');
    await sleep(20);
  }
}

const linesOf = (lines: readonly string[], event: string) =>
  lines.map((line) => JSON.parse(line) as { event: string; reason?: string }).filter((line) => line.event === event);

describe('certificates renewed on disk', () => {
  test('BCB-9.mtls · an authority is replaced, in three steps, under load and without a restart', async () => {
    const [server, client] = [await followed('challenge'), await followed('verification')];
    const port = await serve(server);
    const challenge = clientTo(port, client);
    const stranger = await old.of('verification');
    let [running, answered] = [true, 0];
    const failed: unknown[] = [];
    const load = (async () => {
      for (; running; await sleep(1)) {
        await challenge.issue(asking('a'), call(30_000)).catch((error: unknown) => failed.push(error));
        answered += 1;
      }
    })();
    const both = bundle(old.ca, next.ca);
    const steps = [
      async (name: string) => ({ ...(await old.of(name)), ca: both }),
      async (name: string) => ({ ...(await next.of(name)), ca: both }),
      async (name: string) => next.of(name),
    ];
    const before = await greeted(port, stranger);
    for (const step of steps) {
      const [atServer, atClient] = [await step('challenge'), await step('verification')];
      server.mounted.put(atServer);
      client.mounted.put(atClient);
      await until(() => isInForce(server, atServer) && isInForce(client, atClient));
      // Connections that stand on what was before have ended when their age is over.
      await sleep(2 * AGE_MS);
    }
    running = false;
    await load;
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(5);
    expect(before).toMatch(SERIAL);
    expect(await greeted(port, await next.of('verification'))).toMatch(SERIAL);
    expect(await greeted(port, await next.of('verification'))).not.toBe(before);
    // The old authority is out of force: neither its certificates are let in, nor does ours convince who trusts only it.
    expect(await greeted(port, { ...stranger, ca: next.ca })).not.toMatch(SERIAL);
    expect(await greeted(port, stranger)).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
    expect(linesOf(server.lines, 'tls.renewed')).toHaveLength(3);
    expect(linesOf(server.lines, 'tls.renewal_refused')).toEqual([]);
  });

  const bad: [string, () => Promise<Partial<TlsMaterial>>, RegExp][] = [
    [
      'a key of another certificate',
      async () => ({ key: (await old.of('challenge')).key }),
      /TLS_KEY_FILE.*is not the key of/,
    ],
    ['another service', () => old.of('risk'), /TLS_CERT_FILE.*is a certificate of risk, not of challenge/],
    ['yesterday', () => old.of('challenge', -1), /TLS_CERT_FILE.*expired at/],
    [
      'an authority that is not among ours',
      async () => ({ ...(await next.of('challenge')), ca: old.ca }),
      /TLS_CERT_FILE.*comes from no authority in .*ca\.crt/,
    ],
    ['no PEM', () => Promise.resolve({ cert: Buffer.from('hunter2') }), /TLS_CERT_FILE.*is not a certificate in PEM/],
    [
      'a second authority that cannot be read',
      () => Promise.resolve({ ca: bundle(old.ca, old.ca.toString().replace(/\n\w{8}/, '\nhunter2x')) }),
      /TLS_CA_FILE.*is not a certificate in PEM/,
    ],
    [
      'two authorities on one line, of which OpenSSL would take the first',
      () =>
        Promise.resolve({
          ca: Buffer.from(
            bundle(old.ca, next.ca)
              .toString()
              .replace(/-\n.*\n-/, '--'),
          ),
        }),
      /TLS_CA_FILE.*is not a certificate in PEM/,
    ],
  ];
  test.each(bad)(
    'BCB-9.mtls · %s: refused with one line, and what was in force stays so',
    async (_, change, reason) => {
      const server = await followed('challenge');
      const port = await serve(server);
      const client = await old.of('verification');
      const before = await greeted(port, client);
      server.mounted.put({ ...server.renewal.tls.current, ...(await change()) });
      await until(() => linesOf(server.lines, 'tls.renewal_refused').length > 0);
      await sleep(SEEN_MS);
      expect(await greeted(port, client)).toBe(before);
      const refused = linesOf(server.lines, 'tls.renewal_refused');
      expect(refused).toHaveLength(1);
      expect(refused[0]!.reason).toMatch(reason);
      expect(server.lines.join()).not.toMatch(/hunter2/);
      const good = await old.of('challenge');
      server.mounted.put(good);
      await until(() => isInForce(server, good));
      expect(await greeted(port, client)).not.toBe(before);
    },
  );

  test('R25 · a start with the certificate of another service is refused by the name of the setting', async () => {
    await expect(followed('challenge', await old.of('risk'))).rejects.toThrow(
      /^COUNTERSIGN_TLS_CERT_FILE: .*tls.crt is a certificate of risk, not of challenge$/,
    );
  });

  test('the time left is told at each look, and grows by a renewal', async () => {
    const { mounted, left } = await followed('challenge', await old.of('challenge', 2));
    expect(left).toHaveLength(1);
    expect(left[0]).toBeGreaterThan(86_400);
    expect(left[0]).toBeLessThanOrEqual(2 * 86_400);
    mounted.put(await old.of('challenge', 20));
    await until(() => left.at(-1)! > 19 * 86_400);
  });
});
