import { join } from 'node:path';
import { startDemoBank } from '@countersign/demo-bank';
import { SettingsError, stopOnSignal } from '@countersign/platform';
import { openDataDir, StartRefused } from './data-dir.js';
import { ensureDemoBank, type DemoBank } from './demo.js';
import { readEnvironment } from './environment.js';
import { readFlags, type StandaloneFlags } from './flags.js';
import type { RunningServices } from './in-one-process.js';
import { openInstallation, type Installation } from './installation.js';
import { requireSameBus, startInstalledKafka } from './installed-bus.js';
import { keepKeys } from './installed-keys.js';
import { runJourney } from './journey/journey.js';
import { requireFreePorts } from './ports.js';
import { writeSettings } from './settings-folder.js';
import { Teller } from './teller.js';

/** How long the services of a machine that starts them all at once may take to learn of the demo bank. */
const LEARN_MS = 30_000;
/** Services drain, then the database writes what it holds, which takes a slow disk longer than a pod has; cut off, it would stay behind. */
const STOP_LIMIT_MS = 120_000;

/** Starts a shape; when the signal aborts, it may give up half-way and leave nothing running. */
export type Starter = (
  installation: Installation,
  flags: StandaloneFlags,
  signal: AbortSignal,
) => Promise<RunningServices>;

/**
 * Starts an embedded installation with the given shape, runs the journey, prints it, and serves until interrupted.
 * A start that is refused is one line on standard error and exit code 1; nothing half-made stays.
 */
export async function serve(start: Starter, args: readonly string[]): Promise<void> {
  try {
    const flags = readFlags(args);
    process.exitCode = (await run(start, flags)) ? 0 : 1;
    if (flags.once) process.exit();
  } catch (error) {
    process.stderr.write(`${problemOf(error)}\n`);
    process.exit(1);
  }
}

async function run(start: Starter, flags: StandaloneFlags): Promise<boolean> {
  const { logLevel, databaseConnections, tokenSigning, keys, metadata } = readEnvironment();
  const [apiPort, bankPort] = [flags.port, flags.port + 1];
  await requireFreePorts(apiPort, bankPort);
  const data = openDataDir(flags.dataDir);
  requireSameBus(data, flags.kafka);
  keepKeys(data, keys);
  const teller = new Teller(flags);
  const publicUrl = `http://localhost:${apiPort}`;
  const origin = `http://localhost:${bankPort}`;
  const closing: (() => Promise<void>)[] = [];
  const interrupted = new AbortController();
  const starting = begin(interrupted.signal);
  // A signal that comes early ends what is half started too, so that no PostgreSQL stays behind.
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= starting.then(nothing, nothing).then(() => closeAll(closing)));
  stopOnSignal(() => {
    interrupted.abort();
    return stop();
  }, STOP_LIMIT_MS);
  try {
    const { demo, adminPort } = await starting;
    const journey = await runJourney({ api: publicUrl, origin, ...demo, learnMs: LEARN_MS, settleMs: 0 }, teller.step);
    teller.result(journey, { publicUrl, origin, adminPort, dataDir: data.path });
    if (flags.once) await stop();
    return journey.ok;
  } catch (error) {
    await stop();
    // Who ends it while it starts has what they asked for, whatever the start says of that.
    if (interrupted.signal.aborted) return true;
    throw error;
  }

  async function begin(signal: AbortSignal): Promise<{ demo: DemoBank; adminPort?: number }> {
    if (flags.kafka) {
      teller.note('starting Apache Kafka …');
      closing.push((await startInstalledKafka(data)).stop);
      signal.throwIfAborted();
    }
    const options = {
      data,
      publicUrl,
      logLevel,
      databaseConnections,
      tokenSigning,
      metadata,
      log: teller.note,
      signal,
    };
    const installation = await openInstallation(options);
    closing.push(installation.stop);
    writeSettings(installation);
    if (installation.madeMasterKey) teller.note(`made the master key of this installation: ${data.masterKeyFile}`);
    signal.throwIfAborted();
    const services = await start(installation, flags, signal);
    closing.push(services.stop);
    signal.throwIfAborted();
    const demo = await ensureDemoBank(services.control, data, origin);
    const { clientIdWeb, serverClientId, serverKey } = demo;
    const dataDir = join(data.path, 'demo', 'bank');
    const bank = await startDemoBank({
      port: bankPort,
      countersignUrl: publicUrl,
      dataDir,
      clientIdWeb,
      serverClientId,
      serverKey,
    });
    closing.push(bank.close);
    return { demo, adminPort: services.adminPort };
  }
}

const nothing = (): void => undefined;

/** Last opened, first closed. */
async function closeAll(closing: (() => Promise<void>)[]): Promise<void> {
  for (const close of closing.reverse()) await close();
}

function problemOf(error: unknown): string {
  if (error instanceof StartRefused) return error.message;
  if (error instanceof SettingsError) return error.problems.join('\n');
  return `Countersign does not start: ${error instanceof Error ? error.message.split('\n')[0] : 'unknown reason'}`;
}
