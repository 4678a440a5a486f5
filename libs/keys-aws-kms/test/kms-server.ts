import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** LocalStack's start takes some seconds; on a busy machine many more. */
const START_LIMIT_MS = 90_000;

export interface KmsServer {
  endpoint: string;
  /** It takes connections and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Below what the system gives away itself: until the server listens, somebody else would be given it. */
const PORTS = { from: 4_600, until: 5_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.until);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Hypercorn, because its own server listens on every address; nothing is fetched from elsewhere. */
const environment = (port: number, folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  SERVICES: 'kms,sts',
  EAGER_SERVICE_LOADING: '1',
  STRICT_SERVICE_LOADING: '1',
  GATEWAY_SERVER: 'hypercorn',
  GATEWAY_LISTEN: `127.0.0.1:${port}`,
  DISABLE_EVENTS: '1',
  SKIP_SSL_CERT_DOWNLOAD: '1',
  DNS_ADDRESS: '0',
  FILESYSTEM_ROOT: folder,
});

/** A server that speaks the protocol of AWS KMS, on loopback and empty, in the Python that `npm run provision` made. */
export async function startKmsServer(): Promise<KmsServer> {
  const python = process.env['KMS_PYTHON'];
  if (!python) throw new Error('KMS_PYTHON is not set: npm run test:all -- --suite keys-aws-kms sets it');
  const folder = mkdtempSync(join(tmpdir(), 'kms-'));
  const port = await freePort();
  const child = spawn(python, ['-m', 'localstack.runtime.main'], {
    env: environment(port, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await ready(endpoint, child);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${lines.join('')}`, { cause: error });
  }
  const signal = (name: NodeJS.Signals) => (): void => void process.kill(-child.pid!, name);
  return { endpoint, pause: signal('SIGSTOP'), resume: signal('SIGCONT'), stop };
}

/** Its health says `running` before KMS is loaded; the first call that is answered is what counts. */
const FIRST_CALL: RequestInit = {
  method: 'POST',
  body: '{}',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.ListKeys',
    authorization:
      'AWS4-HMAC-SHA256 Credential=000000000001/20260101/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=0',
  },
};

async function ready(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the KMS server ended with exit code ${child.exitCode}`);
    const answer = await fetch(endpoint, FIRST_CALL).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error('the KMS server does not answer');
}

/** It has children of its own: the whole group ends. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await closed;
}
