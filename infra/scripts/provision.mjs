// `npm run provision`: finds or installs what suites need and npm cannot bring; here a Chromium, the rest in provision/.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { flags } from './lib/flags.mjs';
import { fail, run, say } from './lib/workspace.mjs';
import { PARTS } from './provision/parts.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const runs = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The Chromium that is there: the one CHROMIUM_PATH names, or the first in PATH. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM_PATH) {
    if (!runs(env.CHROMIUM_PATH)) throw new Error(`CHROMIUM_PATH names no program: ${env.CHROMIUM_PATH}`);
    return env.CHROMIUM_PATH;
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(runs);
}

/**
 * Returns the path of a Chromium, installing Debian's when there is none and this user may.
 * @throws Error with what to do, where nothing can be installed
 */
export async function provisionChromium(env = process.env) {
  const there = findChromium(env);
  if (there) return there;
  const apt = (env.PATH ?? '').split(delimiter).some((folder) => runs(join(folder, 'apt-get')));
  if (!apt || process.getuid?.() !== 0) {
    throw new Error(
      'Chromium is missing: install it, or name one in CHROMIUM_PATH (on Debian: apt-get install chromium, as root)',
    );
  }
  say('Installing the Debian package chromium by apt-get, for the browser tests …');
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get', ['-qq', 'update'], quiet);
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', 'chromium', 'fonts-dejavu-core'], quiet);
  const installed = findChromium(env);
  if (!installed) throw new Error('apt-get installed chromium, but no such program is in PATH');
  return installed;
}

const version = (path) =>
  new Promise((resolve, reject) => {
    const child = spawn(path, ['--version', '--no-sandbox'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', reject);
    child.once('close', () => resolve(text.trim()));
  });

/** What is there, in a line. */
async function tell(name) {
  const found = await PARTS[name](process.env);
  if (name === 'chromium') return `${found.CHROMIUM_PATH} (${await version(found.CHROMIUM_PATH)})`;
  return Object.entries(found)
    .map(([variable, value]) => `${variable}=${value}`)
    .join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = Object.keys(PARTS);
  const { only } = flags('npm run provision --', `Finds or installs what tests use: ${names.join(', ')}.`, {
    only: {
      type: 'string',
      check: (name) => (names.includes(name) ? undefined : `no part ${name}; there are ${names.join(', ')}`),
      help: 'this part only',
    },
  });
  try {
    for (const name of only ? [only] : names) process.stdout.write(`${await tell(name)}\n`);
  } catch (error) {
    fail(`npm run provision: ${error.message}`);
  }
}
