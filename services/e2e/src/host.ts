import { SERVICES } from '@countersign/contracts';
import { isRefusal } from '@countersign/kernel';
import {
  openDataDir,
  openInstallation,
  startInOneProcess,
  startInProcesses,
  type RunningServices,
} from '@countersign/standalone';
import type { HostCommand, HostOptions, HostReady } from './protocol.js';

// A whole installation as a program of its own, driven over the channel to the test that forked it.
const options = JSON.parse(process.argv[2]!) as HostOptions;
const publicUrl = `http://localhost:${options.port}`;
const data = openDataDir(options.dataDir);
const installation = await openInstallation({
  data,
  publicUrl,
  logLevel: 'info',
  databaseConnections: 8,
  log: () => undefined,
});
const services = await start();

const processes =
  'processes' in services
    ? (services.processes as { service: string; child: { pid?: number }; adminPort: number }[])
    : [];
const ready: HostReady = {
  ready: true,
  publicUrl,
  adminUrl: installation.adminUrl,
  adminPort: services.adminPort,
  logFile: data.logFile,
  certificates: Object.fromEntries(
    [...SERVICES, 'cli' as const].map((name) => [name, installation.certificateOf(name)]),
  ),
  processes: processes.map(({ service, child, adminPort }) => ({ service, pid: child.pid!, adminPort })),
};
process.send!(ready);

process.on('message', (command: HostCommand) => void obey(command));
process.once('disconnect', () => void end());
process.once('SIGTERM', () => void end());

function start(): Promise<RunningServices> {
  return options.shape === 'standalone'
    ? startInOneProcess(installation, 'info')
    : startInProcesses(installation, {
        replicas: options.replicas,
        otlpEndpoint: process.env.COUNTERSIGN_OTLP_ENDPOINT,
      });
}

async function obey({ id, service, method, request }: HostCommand): Promise<void> {
  try {
    const client = services.control[service] as unknown as Record<
      string,
      (request: unknown, call: unknown) => Promise<unknown>
    >;
    process.send!({ id, answer: await client[method]!(request, services.control.call()) });
  } catch (error) {
    process.send!({ id, code: isRefusal(error) ? error.code : String(error) });
  }
}

async function end(): Promise<void> {
  await services.stop();
  await installation.stop();
  process.exit(0);
}
