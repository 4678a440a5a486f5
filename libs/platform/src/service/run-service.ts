import type { ServiceName } from '@countersign/contracts';
import type { z } from 'zod';
import { createLog, type Logger } from '../observe/log.js';
import { ServiceMetrics } from '../observe/metrics.js';
import { GrpcNetwork } from '../rpc/grpc-network.js';
import { TlsRenewal } from '../rpc/tls-renewal.js';
import { startAdminServer } from './admin-server.js';
import type { ServiceDescriptor } from './descriptor.js';
import { SettingsError, type baseSettings, describeSettings, parsePeers, settingsFromEnv } from './settings.js';
import { startService } from './start-service.js';

type BaseSettings = z.output<typeof baseSettings>;

const DRAIN_MS = 25_000;

/**
 * The whole of a service's `main.ts`: settings out of the environment, gRPC with mutual TLS, health and metrics, and a
 * graceful end on SIGTERM. Prints one JSON line `{"service","port","adminPort"}` on standard output when it is ready.
 */
export async function runService<Schema extends z.ZodObject>(descriptor: ServiceDescriptor<Schema>): Promise<void> {
  if (process.argv.includes('--print-config')) return printConfig(descriptor.settings);
  try {
    await run(descriptor);
  } catch (error) {
    const lines = error instanceof SettingsError ? error.problems : [startProblem(error)];
    for (const line of lines) process.stderr.write(`${descriptor.name}: ${line}\n`);
    process.exit(1);
  }
}

async function run<Schema extends z.ZodObject>(descriptor: ServiceDescriptor<Schema>): Promise<void> {
  // Before anything is open: the first process of a container ignores a signal that nobody waits for.
  let stop: (signal: string) => Promise<void> = () => Promise.resolve();
  stopOnSignal((signal) => stop(signal));
  const settings = settingsFromEnv(descriptor.settings, process.env);
  const base = settings as BaseSettings;
  const log = createLog(base.logLevel);
  const metrics = new ServiceMetrics();
  const certificate = followCertificate(descriptor.name, base, log, metrics);
  const peers = parsePeers(base.peers);
  const network = new GrpcNetwork({ listen: base.listen, peers, tls: certificate.tls });
  const service = await startService(descriptor, settings, { network, log, metrics });
  const admin = await startAdminServer(base.adminListen, service.health, metrics);
  stop = async (signal) => {
    log.info('service.stopping', { service: descriptor.name, signal });
    await service.stop();
    await admin.close();
    await network.close();
    certificate.stop();
  };
  process.stdout.write(`${JSON.stringify({ service: descriptor.name, port: service.port, adminPort: admin.port })}\n`);
}

function followCertificate(service: ServiceName, base: BaseSettings, log: Logger, metrics: ServiceMetrics): TlsRenewal {
  const files = { certFile: base.tlsCertFile, keyFile: base.tlsKeyFile, caFile: base.tlsCaFile };
  const onSecondsLeft = (seconds: number): void => metrics.certificateSecondsLeft.set({ service }, seconds);
  return new TlsRenewal(files, { service, log, onSecondsLeft });
}

/**
 * Runs `stop` once on SIGTERM, SIGINT, or when the process that keeps a channel to this one is gone, then exits 0; a drain
 * that hangs ends after `limitMs` with exit code 1.
 */
export function stopOnSignal(stop: (signal: string) => Promise<void>, limitMs = DRAIN_MS): void {
  let stopping = false;
  const end = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), limitMs).unref();
    stop(signal).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.once('disconnect', () => end('disconnect'));
  if (process.connected === false) end('disconnect');
}

function printConfig(schema: z.ZodObject): void {
  const rows = describeSettings(schema, process.env);
  const lines = rows.map(
    (row) => `${row.variable}\n  ${row.meaning}\n  default: ${row.default}  value: ${row.value || '(default)'}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

const startProblem = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  return `does not start: ${code ? `${code} ` : ''}${message}`.split('\n')[0]!;
};
