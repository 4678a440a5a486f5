import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { cleanEnvironment } from '../host-process.js';
import type { Part, PartMessage } from './options.js';

/** A part of the pipe in a process of its own; the built program, whatever runs the test. */
export class PartProcess {
  /** What its reader met with: codes, or names of errors. */
  readonly met: string[] = [];
  readonly running: Promise<void>;
  /** Resolves when it is about to send itself to sleep. */
  readonly asleep: Promise<void>;
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.running = this.hears('running');
    this.asleep = this.hears('sleeps');
    child.on('message', (message: PartMessage) => {
      if ('met' in message) this.met.push(message.met);
    });
  }

  static start(part: Part): PartProcess {
    const program = join(process.cwd(), 'services/e2e/dist/pipe/part.js');
    return new PartProcess(fork(program, [JSON.stringify(part)], { env: cleanEnvironment() }));
  }

  /** SIGKILL, also while it sleeps. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGSTOP: it lives, and does nothing. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  wake(): void {
    this.child.kill('SIGCONT');
  }

  private hears(what: 'running' | 'sleeps'): Promise<void> {
    const heard = new Promise<void>((resolve, reject) => {
      this.child.on('message', (message: PartMessage) => {
        if (what in message) resolve();
      });
      // Not at its exit: what it said right before may be read after that.
      this.child.once('close', (code) => reject(new Error(`it ended before it said "${what}" (exit code ${code})`)));
    });
    heard.catch(() => undefined);
    return heard;
  }
}
