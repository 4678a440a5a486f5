import { rmSync } from 'node:fs';
import { SERVICES, type CallerName, type ServiceName } from '@countersign/contracts';
import { isRefusal } from '@countersign/kernel';
import type { Network } from '@countersign/platform';
import {
  keepKeys,
  openDataDir,
  openInstallation,
  readEnvironment,
  startInOneProcess,
  startInProcesses,
  writeSettings,
  type RunningProcesses,
  type RunningServices,
  type ServiceProcess,
} from '@countersign/standalone';
import type { ForgedCall, HostCommand, HostedProcess, HostOptions, HostReady } from './protocol.js';

// A whole installation as a program of its own, driven over the channel to the test that forked it.
const options = JSON.parse(process.argv[2]!) as HostOptions;
const publicUrl = `http://localhost:${options.port}`;
const { otlpEndpoint, tokenSigning, keys, metadata } = readEnvironment();
const data = openDataDir(options.dataDir);
keepKeys(data, keys);
const installation = await openInstallation({
  data,
  publicUrl,
  logLevel: 'info',
  databaseConnections: 8,
  tokenSigning,
  metadata,
  log: () => undefined,
});
writeSettings(installation);
const services = await start();
const forged = new Map<CallerName, Network>();

const ready: HostReady = {
  ready: true,
  publicUrl,
  adminUrl: installation.adminUrl,
  adminPort: services.adminPort,
  logFile: data.logFile,
  masterKeyFile: data.masterKeyFile,
  certificates: Object.fromEntries(
    [...SERVICES, 'cli' as const].map((name) => [name, installation.certificateOf(name)]),
  ),
  processes: 'processes' in services ? services.processes.map(hosted) : [],
};
process.send!(ready);

process.on('message', (command: HostCommand) => void obey(command));
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());

function hosted({ service, replica, child, port, adminPort }: ServiceProcess): HostedProcess {
  return { service, replica, pid: child.pid!, port, adminPort };
}

function start(): Promise<RunningServices | RunningProcesses> {
  return options.shape === 'standalone'
    ? startInOneProcess(installation, 'info')
    : startInProcesses(installation, {
        replicas: options.replicas,
        otlpEndpoint,
      });
}

async function obey(command: HostCommand): Promise<void> {
  const { id } = command;
  try {
    process.send!({ id, answer: await answerTo(command) });
  } catch (error) {
    process.send!({ id, code: isRefusal(error) ? error.code : String(error) });
  }
}

function answerTo(command: HostCommand): Promise<unknown> {
  if (command.service !== 'host') return control(command);
  if (command.method === 'listeners') return Promise.resolve(listeners());
  return command.method === 'restart' ? restart(command.request) : send(command.request);
}

/** How many TCP ports this very process serves. */
const listeners = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

async function send({ from, to, body, ...call }: ForgedCall): Promise<Uint8Array> {
  return networkOf(from)
    .channel(from, to)
    .send({ ...call, body: Buffer.from(body) });
}

/** One for each caller's name: a handshake for each of hundreds of forged calls proves no more than the first. */
function networkOf(caller: CallerName): Network {
  const network = forged.get(caller) ?? services.as(caller);
  forged.set(caller, network);
  return network;
}

async function restart({ service, replica }: Pick<HostedProcess, 'service' | 'replica'>): Promise<HostedProcess> {
  if (!('restart' in services)) throw new Error('there is one process only');
  return hosted(await services.restart(service as ServiceName, replica));
}

function control({ service, method, request }: Exclude<HostCommand, { service: 'host' }>): Promise<unknown> {
  const client = services.control[service] as unknown as Record<
    string,
    (request: unknown, call: unknown) => Promise<unknown>
  >;
  return client[method]!(request, services.control.call());
}

async function end(): Promise<void> {
  if (options.shape === 'services') for (const network of forged.values()) await network.close();
  await services.stop();
  await installation.stop();
  if (options.endsWithTest) {
    rmSync(options.dataDir, { recursive: true, force: true });
    rmSync(data.masterKeyFile, { force: true });
  }
  process.exit(0);
}
