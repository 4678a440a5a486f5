import { spawn } from 'node:child_process';

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

async function done(variable: 'HELM' | 'KUBECTL', args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(variable, args, input);
  if (code !== 0) throw new Error(`${variable.toLowerCase()} ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
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
