import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDir } from '@countersign/standalone';
import { cleanEnvironment } from './host-process.js';

/** A script of the project as a person starts it: with Node, in a terminal that is no terminal. */
export class Program {
  stdout = '';
  stderr = '';
  /** Exit code; undefined when a signal ended it. */
  readonly exited: Promise<number | undefined>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => child.once('close', (code) => resolve(code ?? undefined)));
  }

  static start(script: string, args: readonly string[], env: Record<string, string> = {}): Program {
    const file = join(process.cwd(), 'infra/scripts', script);
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return new Program(spawn('node', [file, ...args], { env: { ...cleanEnvironment(), ...env }, stdio: [...stdio] }));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when standard output has the text. @throws Error when it ends before */
  async prints(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (!this.running) throw new Error(`it ended without "${text}": ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Process ids of all below it, nearest first; without the database, which outlives its owner. */
  descendants(): number[] {
    const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n');
    const rows = listed
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , command]) => !command?.includes('postgres'));
    const below = (parent: number): number[] => {
      const children = rows.filter((row) => Number(row[1]) === parent).map(([pid]) => Number(pid));
      return [...children, ...children.flatMap(below)];
    };
    return below(this.child.pid!);
  }
}

/** Process id of the PostgreSQL of a data directory; undefined when none runs, or has not yet written its own. */
export function postmasterOf(dataDir: string): number | undefined {
  const cluster = clusterOf(dataDir);
  if (cluster === undefined) return undefined;
  try {
    return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]) || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes what an installation leaves behind, inside and outside of its data directory. */
export function removeInstallation(dataDir: string): void {
  const { masterKeyFile } = openDataDir(dataDir);
  for (const path of [clusterOf(dataDir), masterKeyFile, dataDir])
    if (path) rmSync(path, { recursive: true, force: true });
}

function clusterOf(dataDir: string): string | undefined {
  const state = join(dataDir, 'postgres/postgresql.json');
  return existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { cluster: string }).cluster : undefined;
}
