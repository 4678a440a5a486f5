import { fork, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ServiceName } from '@countersign/contracts';
import { newDataDir, preparedDataDir } from './prepared-data.js';
import type { HostAnswer, HostedProcess, HostOptions, HostReady, Shape } from './protocol.js';

export interface StartHostOptions {
  shape?: Shape;
  replicas?: number;
  /** An earlier host's, to start on what it left. */
  dataDir?: string;
  port?: number;
  env?: Record<string, string>;
  /** Nobody will stop it: it ends with the test's process and removes its data. */
  endsWithTest?: boolean;
}

/** An installation running outside the test's process. */
export class HostProcess {
  private commands = 0;

  private constructor(
    readonly child: ChildProcess,
    readonly info: HostReady,
    readonly options: HostOptions,
  ) {}

  /** Starts the built product; the shape is `E2E_SHAPE` unless told. */
  static async start({
    shape,
    replicas = 1,
    dataDir,
    port,
    env = {},
    endsWithTest = false,
  }: StartHostOptions = {}): Promise<HostProcess> {
    const options: HostOptions = {
      shape: shape ?? ((process.env.E2E_SHAPE ?? 'standalone') as Shape),
      replicas,
      port: port ?? (await freePorts()),
      dataDir: dataDir ?? (await dataDirFor(env)),
      endsWithTest,
    };
    const program = join(process.cwd(), 'services/e2e/dist/host.js');
    const execArgv = ['--enable-source-maps', '--import', '@countersign/platform/telemetry'];
    const child = fork(program, [JSON.stringify(options)], {
      env: { ...cleanEnvironment(), ...env },
      serialization: 'advanced',
      execArgv,
    });
    const info = await untilReady(child);
    if (endsWithTest) letGo(child);
    return new HostProcess(child, info, options);
  }

  /** Addresses of the gateways. */
  get urls(): string[] {
    const { shape, replicas, port } = this.options;
    return Array.from({ length: shape === 'services' ? replicas : 1 }, (_, n) => `http://localhost:${port + 2 * n}`);
  }

  /** @throws Error whose message is the refusal's code */
  control<T>(service: 'tenant' | 'enrollment' | 'host', method: string, request: unknown): Promise<T> {
    const id = ++this.commands;
    return new Promise((resolve, reject) => {
      const listen = (message: HostAnswer): void => {
        if (message.id !== id) return;
        this.child.off('message', listen);
        if (message.code === undefined) resolve(message.answer as T);
        else reject(new Error(message.code));
      };
      this.child.on('message', listen);
      this.child.send({ id, service, method, request });
    });
  }

  /** Kills the processes of a service, or one of them, as the kernel would. */
  killService(service: ServiceName, replica?: number): void {
    const chosen = this.info.processes.filter(
      (each) => each.service === service && each.replica === (replica ?? each.replica),
    );
    for (const { pid } of chosen) process.kill(pid, 'SIGKILL');
  }

  /** Starts the processes of a service again after they were killed, each where it was. */
  async restartService(service: ServiceName, ...replicas: number[]): Promise<void> {
    const all = replicas.length > 0 ? replicas : Array.from({ length: this.options.replicas }, (_, n) => n);
    for (const replica of all) {
      const started = await this.control<HostedProcess>('host', 'restart', { service, replica });
      const index = this.info.processes.findIndex((each) => each.service === service && each.replica === replica);
      this.info.processes[index] = started;
    }
  }

  /** Ends it as an operator would. */
  async stop({ keepData = false } = {}): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await gone;
    }
    if (keepData) return;
    rmSync(this.options.dataDir, { recursive: true, force: true });
    rmSync(this.info.masterKeyFile, { force: true });
  }

  /** Ends it as the kernel would. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** A driver of keys is chosen at the first start and never after it: that one begins with nothing. */
const dataDirFor = (env: Record<string, string>): Promise<string> | string =>
  'COUNTERSIGN_KEY_DRIVER' in env ? newDataDir() : preparedDataDir();

/** Below what the system gives away itself; each process of the tests, of both shapes, draws from a range of its own. */
const FIRST_PORT = 14_000;
const PORTS_PER_WORKER = 3_000;
const WORKERS = 3;

/** The first of four consecutive free ports: two gateways and what stands beside them. */
export async function freePorts(): Promise<number> {
  const worker = (Number(process.env.JEST_WORKER_ID ?? 1) - 1) % WORKERS;
  const range = process.env.E2E_SHAPE === 'services' ? WORKERS + worker : worker;
  const from = FIRST_PORT + range * PORTS_PER_WORKER;
  for (;;) {
    const first = from + randomInt(PORTS_PER_WORKER - 3);
    const free = await Promise.all([0, 1, 2, 3].map((n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_') && name !== 'NODE_OPTIONS'),
  );

/** A test's process that has nothing else to do may end. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function untilReady(child: ChildProcess): Promise<HostReady> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as HostReady));
    child.once('exit', (code) => reject(new Error(`the installation did not start (exit code ${code})`)));
  });
}
