import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../src/host-process.js';

/** A limit for what hangs: a first start takes ten seconds, on a busy machine many more. */
const READY_MS = 150_000;
const TENANT = 'demo-bank';
/** What standalone prints last, when the bank answers and the journey has gone through. */
const READY = 'Ctrl-C stops.';

interface Ending {
  code: number | null;
}

/** `npm start` without its bootstrap: the product as a bank's engineer first meets it, in a process of its own. */
export class Demo {
  private constructor(
    private readonly child: ChildProcess,
    /** Holds the data, and beside it the home that the master key is kept in. */
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** @throws Error with what it printed, when it does not get ready */
  static async start(): Promise<Demo> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-browser-'));
    // PostgreSQL runs as another user where this one is root, and must get to its own folder.
    chmodSync(folder, 0o711);
    const port = await freePorts();
    const flags = ['--port', String(port), '--data-dir', join(folder, 'data')];
    const child = spawn(process.execPath, ['--enable-source-maps', programOf('main.js'), ...flags], {
      env: environmentIn(folder),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const demo = new Demo(child, folder, port);
    try {
      await untilReady(child);
      await demo.liftLimits();
      return demo;
    } catch (error) {
      child.kill('SIGINT');
      throw error;
    }
  }

  /** Address of the API, of `/docs` and `/operator`. */
  get api(): string {
    return `http://localhost:${this.port}`;
  }

  /** Origin of the demo bank. */
  get bank(): string {
    return `http://localhost:${this.port + 1}`;
  }

  /** Runs the command line beside the running installation. @returns what `--json` prints */
  async countersign<T>(...argv: string[]): Promise<T> {
    const args = [programOf('cli/main.js'), ...argv, '--data-dir', join(this.folder, 'data'), '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environmentIn(this.folder) });
    return JSON.parse(stdout) as T;
  }

  /** What the bank itself keeps of its customers. */
  customers(): { userName: string; payees: { name: string; iban: string }[] }[] {
    return JSON.parse(readFileSync(join(this.folder, 'data', 'demo', 'bank', 'customers.json'), 'utf8')) as never;
  }

  /** Ends it as Ctrl-C would, and removes what it kept. */
  async stop(): Promise<void> {
    const ended = ending(this.child);
    this.child.kill('SIGINT');
    const { code } = await ended;
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the installation ended with exit code ${code}`);
  }

  /** A whole suite comes from one address within a minute; limits have tests of their own. */
  private async liftLimits(): Promise<void> {
    const { policy } = await this.countersign<{ policy: object }>('policy', 'show', '--tenant', TENANT);
    const limits = { perAddressPerMinute: 100_000, perUserPerMinute: 10_000, perTenantPerSecond: 100_000 };
    const file = join(this.folder, 'policy.json');
    writeFileSync(file, JSON.stringify({ ...policy, limits }));
    await this.countersign('policy', 'put', '--tenant', TENANT, '--file', file);
  }
}

const programOf = (file: string): string => join(process.cwd(), 'services/standalone/dist', file);

/** Nobody's settings but the product's own, and a home that goes when the data goes. */
const environmentIn = (folder: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_') && name !== 'NODE_OPTIONS'),
  ),
  HOME: join(folder, 'home'),
});

const ending = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve({ code: child.exitCode });
    else child.once('exit', (code) => resolve({ code }));
  });

function untilReady(child: ChildProcess): Promise<void> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => giveUp(`was not ready within ${READY_MS} ms`), READY_MS);
    const giveUp = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`the installation ${why}:\n${printed}`));
    };
    child.stderr!.on('data', (chunk) => (printed += String(chunk)));
    child.stdout!.on('data', (chunk) => {
      printed += String(chunk);
      if (!printed.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', () => giveUp('ended'));
  });
}
