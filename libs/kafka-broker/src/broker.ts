import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { archiveFile, javaArguments, type KafkaHome } from './home.js';

/** A limit for what hangs: a start takes seconds, three at once on a busy machine many more. */
const PATIENCE_MS = 120_000;
const STARTED = 'Kafka Server started';

/** One broker: a process that can be ended, killed, put to sleep and started again at the same place. */
export class Broker {
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();

  constructor(
    readonly home: KafkaHome,
    readonly id: number,
    /** `host:port` for clients. */
    readonly address: string,
    /** Holds `server.properties` and the log of the process; data in `data`. */
    readonly folder: string,
    /** Runs Java: see `BrokerPlacement`. */
    private readonly command: readonly string[] = [],
  ) {}

  /** What the broker keeps, on a disk of its own so to say. */
  get data(): string {
    return join(this.folder, 'data');
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the process without waiting for it. */
  launch(): void {
    if (this.running) return;
    const log = openSync(this.#logFile, 'w', 0o600);
    const [program, ...rest] = [...this.command, this.home.java, ...this.#arguments()];
    const child = spawn(program!, rest, { stdio: ['ignore', log, log] });
    closeSync(log);
    const guard = guardOf(child);
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => {
        guard.kill();
        resolve();
      });
      child.once('error', () => resolve());
    });
  }

  /** @throws Error with the end of its log, when it ended or was too slow */
  async ready(): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !this.#log().includes(STARTED); await sleep(50)) {
      if (!this.running || Date.now() > end)
        throw new Error(`Kafka broker ${this.id} did not start:\n${this.#log().slice(-2_000)}`);
    }
  }

  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** SIGTERM: hands its partitions over. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#gone;
    this.#keepArchive();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** It lives, and answers nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  get #logFile(): string {
    return join(this.folder, 'broker.log');
  }

  #log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  get #newArchive(): string {
    return join(this.folder, 'kafka.jsa');
  }

  #arguments(): string[] {
    const archive = archiveFile(this.home);
    const sharing = existsSync(archive)
      ? `-XX:SharedArchiveFile=${archive}`
      : `-XX:ArchiveClassesAtExit=${this.#newArchive}`;
    return javaArguments(this.home, [sharing], ['kafka.Kafka', join(this.folder, 'server.properties')]);
  }

  /** The first broker to end in peace leaves its classes to those that come later. */
  #keepArchive(): void {
    if (!existsSync(this.#newArchive)) return;
    if (existsSync(archiveFile(this.home))) return rmSync(this.#newArchive, { force: true });
    renameSync(this.#newArchive, archiveFile(this.home));
  }
}

/** Ends the broker when this process is gone, however it went: its standard input ends then. */
function guardOf({ pid }: ChildProcess): ChildProcess {
  const guard = spawn('sh', ['-c', 'cat >/dev/null; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return guard;
}
