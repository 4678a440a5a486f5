import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../../..', import.meta.url));
const CACHE = join(PROJECT, 'node_modules/.cache/countersign');
const SOURCES = join(PROJECT, 'infra/peers');

/** The newest passkey plug-in pins an older better-call than better-auth itself: without the flag npm refuses both. */
const NPM_FLAGS = [
  '--legacy-peer-deps',
  '--omit=dev',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
];

/** Runs npm in a folder. @throws Error with what it wrote when it fails */
export type Npm = (folder: string, args: readonly string[]) => Promise<void>;

const npm: Npm = async (folder, args) => {
  await promisify(execFile)('npm', ['--prefix', folder, '--loglevel=error', ...args], { cwd: folder });
};

/**
 * The folder of an installed peer, with its server in `server.mjs`. It is installed into a temporary folder, which then
 * becomes the cached one: an install that was broken off is never used, and the second run needs no network.
 *
 * @param name a folder of `infra/peers`
 * @throws Error of one line when npm cannot install it
 */
export async function installPeer(name: string, cache = CACHE, runNpm = npm): Promise<string> {
  const manifest = join(SOURCES, name, 'package.json');
  const version = createHash('sha256').update(readFileSync(manifest)).digest('hex').slice(0, 12);
  const folder = join(cache, `peer-${name}-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    await installInto(folder, manifest, mkdtempSync(join(cache, `peer-${name}-`)), runNpm);
  }
  // Ours, and of no version: what is measured is always what this clone holds.
  copyFileSync(join(SOURCES, name, 'server.mjs'), join(folder, 'server.mjs'));
  return folder;
}

async function installInto(folder: string, manifest: string, temporary: string, runNpm: Npm): Promise<void> {
  try {
    copyFileSync(manifest, join(temporary, 'package.json'));
    await runNpm(temporary, ['install', ...NPM_FLAGS]);
    renameSync(temporary, folder);
  } catch (error) {
    throw new Error(`npm could not install the peer: ${lastLine(error)}`, { cause: error });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const lastLine = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').at(-1)!;
};
