// What is checked without running anything of ours: types, style, layers, contracts.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differences } from './compare-folders.mjs';
import { indent, print, seconds } from './report.mjs';
import { node24, root, withNode24 } from './workspace.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);
const GENERATED = 'libs/contracts/src/generated';

/** Each ends quietly or throws with what it found. The longest come first: two run at a time. */
const CHECKS = {
  'ESLint is content, layers included': async () => {
    // ESLint's rule about layers reads Nx's graph and would pass without one.
    await quietly(bin('nx'), ['show', 'projects']);
    await quietly(node24, [bin('eslint'), '.', '--max-warnings', '0']);
  },
  'the types hold': () => quietly(node24, [bin('tsc'), '--noEmit', '-p', 'tsconfig.json']),
  'the types of browser code hold': () => quietly('npm', ['run', 'typecheck', '--workspaces', '--if-present']),
  'Prettier would change nothing': () => quietly(node24, [bin('prettier'), '--check', '.', '--log-level', 'warn']),
  'contracts · Buf finds nothing to complain of': () => quietly(bin('buf'), ['lint']),
  'contracts · no change breaks the published baseline': () =>
    quietly(bin('buf'), ['breaking', '--against', 'proto/baseline.binpb']),
  'contracts · generated code is current': generatedIsCurrent,
};

async function generatedIsCurrent() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-generated-'));
  try {
    await quietly(bin('buf'), ['generate', '--output', folder]);
    const found = differences(join(root, GENERATED), join(folder, GENERATED));
    if (found.length > 0) throw new Error(`npm run generate would change:\n${found.join('\n')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ENV = { NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0', NO_UPDATE_NOTIFIER: '1' };

function quietly(command, args) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...withNode24(), ...ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(Buffer.concat(output).toString()))));
  });
}

/** @returns one test per check */
export async function runChecks() {
  const waiting = Object.entries(CHECKS);
  const tests = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) tests.push(await runCheck(...next));
  };
  await Promise.all([worker(), worker()]);
  return tests;
}

async function runCheck(name, check) {
  const begun = Date.now();
  const message = await check().then(
    () => undefined,
    (error) => error.message,
  );
  print(`  checks · ${name}: ${message === undefined ? 'passed' : 'failed'} (${seconds(Date.now() - begun)})`);
  if (message !== undefined) print(indent(message));
  return message === undefined ? { name, status: 'passed' } : { name, status: 'failed', message };
}
