import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SERVICES, startOrder, type CallerName, type ServiceName } from '@countersign/contracts';
import { GrpcNetwork, readTls, variableOf, type TlsMaterial } from '@countersign/platform';
import { controlOver } from './control.js';
import type { RunningServices } from './in-one-process.js';
import type { CertificateFiles, Installation } from './installation.js';
import { lastWords } from './last-words.js';
import { isFree } from './ports.js';

/** One process of one service. */
export interface ServiceProcess {
  service: ServiceName;
  replica: number;
  child: ChildProcess;
  /** Port of its gRPC listener; of HTTP for the gateway. */
  port: number;
  /** Port of its health and metrics. */
  adminPort: number;
}

export interface RunningProcesses extends RunningServices {
  /** The newest process of every place; one that ended stays in the list. */
  processes: ServiceProcess[];
  /** Starts anew, at the same address, a process that ended. */
  restart(service: ServiceName, replica: number): Promise<ServiceProcess>;
}

export interface ProcessOptions {
  replicas: number;
  otlpEndpoint?: string;
  /** Aborted, no further process is started, and those there are end. */
  signal?: AbortSignal;
}

/** Starts one operating-system process per service and replica: gRPC, mutual TLS, the certificate says who is calling. */
export async function startInProcesses(installation: Installation, options: ProcessOptions): Promise<RunningProcesses> {
  const listens = await assignPorts(options.replicas);
  const peers = Object.entries(listens)
    .map(([service, addresses]) => `${service}=${addresses.join('|')}`)
    .join(',');
  const processes: ServiceProcess[] = [];
  const as = (caller: CallerName): GrpcNetwork =>
    new GrpcNetwork({ listen: '127.0.0.1:0', peers: listens, tls: tlsOf(installation.certificateOf(caller)) });
  const network = as('cli');
  const stop = async (): Promise<void> => {
    for (const name of [...startOrder()].reverse()) await stopAll(processes.filter(({ service }) => service === name));
    await network.close();
  };
  const startOne = async (service: ServiceName, replica: number): Promise<ServiceProcess> => {
    options.signal?.throwIfAborted();
    const place = { peers, listen: listens[service]![replica]! };
    const settings = { ...installation.settingsFor(service), ...placed(installation, service, replica), ...place };
    return startProcess(installation, service, replica, settings, options);
  };
  const restart = async (service: ServiceName, replica: number): Promise<ServiceProcess> => {
    const index = processes.findIndex((each) => each.service === service && each.replica === replica);
    processes[index] = await startOne(service, replica);
    await allReady([processes[index]]);
    return processes[index];
  };
  try {
    for (const service of startOrder()) {
      for (let replica = 0; replica < options.replicas; replica++) processes.push(await startOne(service, replica));
    }
    await allReady(processes);
    return { control: controlOver(network), as, processes, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const tlsOf = ({ tlsCertFile, tlsKeyFile, tlsCaFile }: CertificateFiles): TlsMaterial =>
  readTls({ certFile: tlsCertFile, keyFile: tlsKeyFile, caFile: tlsCaFile });

/** The n-th gateway takes the n-th even port above the first, so that the demo bank's stays free. */
function placed(installation: Installation, service: ServiceName, replica: number): Record<string, unknown> {
  if (service !== 'gateway') return {};
  return { httpListen: `127.0.0.1:${Number(new URL(installation.publicUrl).port) + 2 * replica}` };
}

async function startProcess(
  installation: Installation,
  service: ServiceName,
  replica: number,
  settings: Record<string, unknown>,
  { otlpEndpoint }: ProcessOptions,
): Promise<ServiceProcess> {
  const log = openSync(installation.data.logFile, 'a', 0o600);
  const { size: before } = fstatSync(log);
  const env = environmentOf({ ...settings, ...(otlpEndpoint ? { otlpEndpoint } : {}) });
  // The channel carries nothing: by its end the service learns that this process was killed, and ends too.
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', telemetry(), mainOf(service)], {
    env,
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
  closeSync(log);
  const why = (): string => lastWords(service, installation.data.logFile, before);
  const line = await firstLine(child, service, why);
  const { port, adminPort } = JSON.parse(line) as { port: number; adminPort: number };
  return { service, replica, child, port, adminPort };
}

const telemetry = (): string => import.meta.resolve('@countersign/platform/telemetry');
const mainOf = (service: ServiceName): string =>
  fileURLToPath(new URL('main.js', import.meta.resolve(`@countersign/${service}`)));

function environmentOf(settings: Record<string, unknown>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_'));
  const own = Object.entries(settings).map(([key, value]) => [variableOf(key), String(value)]);
  return Object.fromEntries([...inherited, ...own]) as NodeJS.ProcessEnv;
}

function firstLine(child: ChildProcess, service: string, why: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`${service} did not start (exit code ${code}): ${why()}`));
    child.once('exit', gone);
    child.once('error', reject);
    createInterface({ input: child.stdout! }).once('line', (line) => {
      child.off('exit', gone);
      resolve(line);
    });
  });
}

async function allReady(processes: readonly ServiceProcess[]): Promise<void> {
  const end = Date.now() + 30_000;
  for (const { service, adminPort } of processes) {
    while (!(await ready(adminPort))) {
      if (Date.now() > end) throw new Error(`${service} did not become ready`);
      await sleep(50);
    }
  }
}

const ready = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** SIGTERM, so that each answers what it accepted. */
async function stopAll(processes: readonly ServiceProcess[]): Promise<void> {
  const alive = processes.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  await Promise.all(
    alive.map(({ child }) => {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      return gone;
    }),
  );
}

/** Below what the system gives to connections that go out: one of those could take a port between this look and its use. */
const PORTS = { from: 10_000, until: 14_000 };

async function assignPorts(replicas: number): Promise<Record<ServiceName, string[]>> {
  const found = new Set<number>();
  while (found.size < SERVICES.length * replicas) {
    const port = randomInt(PORTS.from, PORTS.until);
    if (await isFree(port)) found.add(port);
  }
  const addresses = [...found].map((port) => `127.0.0.1:${port}`);
  const of = (index: number): string[] => addresses.slice(index * replicas, (index + 1) * replicas);
  return Object.fromEntries(SERVICES.map((service, index) => [service, of(index)])) as Record<ServiceName, string[]>;
}
