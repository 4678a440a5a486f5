import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { cleanEnvironment } from './host-process.js';

export interface CommandEnded {
  code: number;
  stdout: string;
  stderr: string;
}

/** The built `countersign` over the settings of an installation, as an operator types it. */
export const countersign = (dataDir: string, ...args: string[]): Promise<CommandEnded> =>
  countersignWith(join(dataDir, 'settings'), ...args);

/** The same over any folder of settings. */
export function countersignWith(settings: string, ...args: string[]): Promise<CommandEnded> {
  const program = join(process.cwd(), 'services/standalone/dist/cli/main.js');
  const argv = [program, ...args, '--settings', settings];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env: cleanEnvironment() }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

/** The JSON of a command that does its work. @throws Error with what it said instead */
export async function told<T>(dataDir: string, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await countersign(dataDir, ...args, '--json');
  if (code !== 0) throw new Error(`countersign ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
