import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a program left: its exit code and what it printed. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function run(variable: 'HELM' | 'KUBECTL', args: readonly string[], input = ''): Promise<Ended> {
  const program = process.env[variable];
  if (!program) throw new Error(`${variable} names no program: run npm run test:cluster`);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, ...printed }));
  });
}

/** kubectl asked nothing yet when it found no connection to the API server, which one machine shares with all pods. */
const unconnected = ({ stderr }: Ended): boolean => stderr.includes('Unable to connect to the server');

async function done(variable: 'HELM' | 'KUBECTL', args: readonly string[], input?: string, tries = 5): Promise<string> {
  const ended = await run(variable, args, input);
  if (ended.code === 0) return ended.stdout;
  if (variable === 'KUBECTL' && unconnected(ended) && tries > 1) {
    await sleep(2_000);
    return done(variable, args, input, tries - 1);
  }
  throw new Error(`${variable.toLowerCase()} ${args.join(' ')}: ${ended.stderr || ended.stdout}`);
}

/** @returns standard output. @throws Error with what it complained of */
export const kubectl = (...args: string[]): Promise<string> => done('KUBECTL', args);
export const helm = (...args: string[]): Promise<string> => done('HELM', args);

/** Where a refusal is what is looked for. */
export const tryHelm = (...args: string[]): Promise<Ended> => run('HELM', args);
export const tryKubectl = (...args: string[]): Promise<Ended> => run('KUBECTL', args);

/** Creates or changes objects of a namespace. */
export async function apply(namespace: string, ...objects: object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await done('KUBECTL', ['apply', '--namespace', namespace, '-f', '-'], JSON.stringify(list));
}

/** What the API says of objects, parsed. */
export const read = async <T>(...args: string[]): Promise<T> =>
  JSON.parse(await kubectl('get', ...args, '-o', 'json')) as T;
