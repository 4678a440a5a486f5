import { createWriteStream } from 'node:fs';
import { startOrder, type CallerName, type ServiceName } from '@countersign/contracts';
import {
  InProcessNetwork,
  ServiceMetrics,
  combinedHealth,
  createLog,
  startAdminServer,
  startService,
  type Logger,
  type Network,
  type StartedService,
} from '@countersign/platform';
import { controlOver, type Control } from './control.js';
import type { Installation } from './installation.js';
import { INSTALLED } from './services.js';

/** A running set of services, however many processes they are. */
export interface RunningServices {
  control: Control;
  /** The calls a caller could make: who holds its certificate, or in one process carries its name. For tests of what it may not. */
  as(caller: CallerName): Network;
  /** Where /healthz, /readyz and /metrics answer, where one process serves them all. */
  adminPort?: number;
  /** Stops the gateway first, then inwards; what was accepted is answered. */
  stop(): Promise<void>;
}

/** Starts every service, or the named ones, in this process over the in-process transport. */
export async function startInOneProcess(
  installation: Installation,
  logLevel: string,
  names: readonly ServiceName[] = startOrder(),
): Promise<RunningServices> {
  const log = createLog(logLevel, createWriteStream(installation.data.logFile, { flags: 'a', mode: 0o600 }));
  const network = new InProcessNetwork();
  const metrics = new ServiceMetrics();
  const started: StartedService[] = [];
  const stop = async (): Promise<void> => {
    for (const service of [...started].reverse()) await service.stop();
    await network.close();
  };
  try {
    for (const name of names) started.push(await startOne(installation, name, network, log, metrics));
    const admin = await startAdminServer(
      '127.0.0.1:0',
      combinedHealth(() => started),
      metrics,
    );
    return {
      control: controlOver(network),
      as: () => network,
      adminPort: admin.port,
      stop: () => stop().then(() => admin.close()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startOne(
  installation: Installation,
  name: ServiceName,
  network: InProcessNetwork,
  log: Logger,
  metrics: ServiceMetrics,
): Promise<StartedService> {
  const { service } = INSTALLED[name];
  const settings = service.settings.parse(installation.settingsFor(name));
  return startService(service, settings, { network, log, metrics });
}
