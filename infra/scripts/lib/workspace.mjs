// What every script of this folder needs before anything is installed: dependency-free, Node 20.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const node24 = join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

const LOCK_STAMP = join(root, 'node_modules/.countersign-lock');
const BUILD_STAMP = join(root, 'node_modules/.cache/countersign/built');

export const say = (line) => process.stderr.write(`${line}\n`);

/** Ends the process with one line on standard error. */
export function fail(line, code = 1) {
  say(line);
  process.exit(code);
}

const hashOf = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/**
 * Runs a command quietly; when it fails, its output is shown and an error is thrown.
 * Resolves with what it printed on standard output.
 */
export function run(command, args, options = {}) {
  return new Promise((done, refuse) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let all = '';
    child.stdout.on('data', (chunk) => ((stdout += chunk), (all += chunk)));
    child.stderr.on('data', (chunk) => (all += chunk));
    child.once('error', refuse);
    child.once('close', (code) => {
      if (code === 0) return done(stdout);
      process.stderr.write(all);
      refuse(new Error(`${command} ${args.join(' ')} failed (exit code ${code})`));
    });
  });
}

/** Code that V8 has compiled, for the next process that loads the same: a service starts in less time. */
const COMPILED = join(root, 'node_modules/.cache/countersign/compiled');

/** The environment in which `node` is the one npm brought. */
export const withNode24 = (env = process.env) => ({
  NODE_COMPILE_CACHE: COMPILED,
  ...env,
  PATH: `${join(root, 'node_modules/.bin')}${process.platform === 'win32' ? ';' : ':'}${env.PATH}`,
});

/** Whether what lies in node_modules is what the lockfile asks for, as npm itself recorded it: someone ran npm by hand. */
function isInstalled(lock) {
  const record = read(join(root, 'node_modules/.package-lock.json'));
  if (!record || !lock) return false;
  const there = JSON.parse(record).packages;
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, link, optional, peer }]) =>
      !path.includes('node_modules/') ||
      (link && there[path]?.link) ||
      (version && there[path]?.version === version) ||
      (!there[path] && (optional || peer)),
  );
}

/** Folders of packages that stand beside a workspace instead of at the root. */
const nested = () =>
  ['libs', 'services']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, 'node_modules')))
    .filter((path) => existsSync(join(root, path)));

/** What is installed: the lockfile it came from, and the folders besides node_modules. */
const remember = (wanted) => writeFileSync(LOCK_STAMP, [wanted, ...nested()].join('\n'));

/** Node's headers as its platform package brings them, for what is compiled: node-gyp would fetch them from elsewhere. */
export const withHeaders = () => ({
  npm_config_nodedir: join(root, `node_modules/node-${process.platform.replace('win32', 'win')}-${process.arch}`),
});

/** Installs when packages are absent or the lockfile changed since the last install. */
export async function ensureInstalled() {
  const lock = read(join(root, 'package-lock.json'));
  const wanted = hashOf(lock);
  const [known, ...folders] = read(LOCK_STAMP).split('\n');
  const isWhole = [node24, ...folders.map((path) => join(root, path))].every((path) => existsSync(path));
  if (isWhole && known === wanted) return;
  if (isWhole && isInstalled(lock)) return remember(wanted);
  say('Installing packages (npm ci); this is done once and takes a minute or two …');
  await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'], {
    env: { ...process.env, npm_config_loglevel: 'error', ...withHeaders() },
  });
  if (!existsSync(node24)) throw new Error(`npm brought no Node 24 for ${process.platform} ${process.arch}`);
  remember(wanted);
}

const SOURCES = ['libs', 'services', 'proto'];
const SKIPPED = new Set(['node_modules', 'dist', '.git', 'test']);

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      // What a build writes is no source of it.
      if (!path.endsWith(join('src', 'store', 'prisma'))) yield* files(path);
    } else yield path;
  }
}

/** Every workspace that a build leaves something in. */
const built = () =>
  ['libs', 'services']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
    .filter((folder) => /"build":/.test(read(join(folder, 'package.json'))));

/** Names, sizes and times of all sources: cheap, and different after any edit. */
function sourceState() {
  const seen = SOURCES.flatMap((folder) => [...files(join(root, folder))]).map((path) => {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  });
  return hashOf(...seen.sort(), read(join(root, '.swcrc')), read(LOCK_STAMP));
}

/** Builds when a source changed since the last build. Nx rebuilds only what the change touches. */
export async function ensureBuilt() {
  const state = sourceState();
  if (read(BUILD_STAMP) === state && built().every((folder) => existsSync(join(folder, 'dist')))) return;
  say('Building …');
  await run(node24, ['infra/scripts/generate-prisma.mjs'], { env: withNode24() });
  await run(join(root, 'node_modules/.bin/nx'), ['run-many', '-t', 'build', '--outputStyle=static'], {
    env: withNode24({ ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' }),
  });
  mkdirSync(dirname(BUILD_STAMP), { recursive: true });
  writeFileSync(BUILD_STAMP, sourceState());
}

const parent = process.ppid;

/**
 * Runs a built program under Node 24 in the foreground and ends with its exit code; signals reach it. npm passes SIGTERM
 * to the shell between it and this process, and the shell to nobody: where that shell is gone, so is who asked for this.
 */
export function become(args, env = process.env) {
  const child = spawn(node24, args, { cwd: process.cwd(), stdio: 'inherit', env: withNode24(env) });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) {
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      child.kill('SIGTERM');
    }, 500).unref();
  }
  child.once('error', (error) => fail(`cannot start: ${error.message}`));
  child.once('close', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
