import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { createMasterKeyFile, openFileKeyStore } from '../src/index.js';

/** A temporary place with a master key, and a key file to be. */
export function newHouse() {
  const root = mkdtempSync(join(tmpdir(), 'keys-file-'));
  const options = { file: join(root, 'data', 'keys.json'), masterKeyFile: join(root, 'secrets', 'master.key') };
  createMasterKeyFile(options.masterKeyFile);
  return { ...options, root, open: () => openFileKeyStore(options), remove: () => rmSync(root, { recursive: true }) };
}

export type House = ReturnType<typeof newHouse>;

const here = (name: string): string => new URL(name, import.meta.url).pathname;

/** Another operating-system process on the house's key file. */
export function spawnKeyProcess(house: House, task: 'create' | 'churn', names: string[] = []): ChildProcess {
  const node = ['--experimental-transform-types', '--no-warnings', '--import', here('from-sources.mjs')];
  return spawn(process.execPath, [...node, here('key-process.ts'), task, house.file, house.masterKeyFile, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** All it printed, when it ended well. */
export function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`exit code ${code}`))));
  });
}
