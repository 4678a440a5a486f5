import { fork, type ChildProcess } from 'node:child_process';
import { cpuMs, pinTo, SERVER_CORE } from './cpu.js';

/** A server in a process of its own, on the core for servers. One question at a time. */
export interface ServerProcess {
  pid: number;
  /** From the fork until it said that it is ready, milliseconds. */
  startMs: number;
  /** CPU it used until then, milliseconds. */
  startCpuMs: number;
  ask<T>(question: unknown): Promise<T>;
  freeze(): void;
  thaw(): void;
  /** Once it has ended, nothing happens. */
  stop(): Promise<void>;
}

/**
 * Starts a Node program in production mode and waits until it sends its first message.
 * @param argument told as JSON in its first argument
 * @throws Error when it ends before that, or while an answer is due
 */
export async function startServerProcess(file: string, argument: unknown): Promise<ServerProcess> {
  const began = performance.now();
  const child = fork(file, [JSON.stringify(argument)], { env: { ...process.env, NODE_ENV: 'production' } });
  pinTo(SERVER_CORE, child.pid!);
  await answer(child);
  return {
    pid: child.pid!,
    startMs: performance.now() - began,
    startCpuMs: cpuMs(child.pid!),
    ask: async <T>(question: unknown) => {
      const answered = answer(child);
      child.send(question as object);
      return (await answered) as T;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGCONT');
  if (child.connected) child.disconnect();
  await gone;
}

const answer = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended (exit code ${code})`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
