import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testMatchOf } from '../scripts/lib/jest-suite.mjs';
import { withNode24 } from '../scripts/lib/workspace.mjs';
import { suites } from '../scripts/suites.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'countersign-commands-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = (args, options = {}) => spawnSync(process.execPath, args, { encoding: 'utf8', ...options });

/** The scripts alone, as a clone has them before anything is installed. */
const bareClone = () => {
  const clone = join(folder, 'clone');
  cpSync('infra/scripts', join(clone, 'infra/scripts'), { recursive: true });
  copyFileSync('package.json', join(clone, 'package.json'));
  return clone;
};

describe('flags are checked before anything is installed', () => {
  test.each([
    ['test.mjs', ['default', '--watch']],
    ['test.mjs', ['all', '--suite', 'nothing']],
    ['test.mjs', ['everything']],
    ['requirements.mjs', ['--yaml']],
    ['provision.mjs', ['--force']],
    ['start.mjs', ['--prot', '1']],
    ['start.mjs', ['--port', '70000']],
    ['start.mjs', ['--data-dir', '']],
    ['start-services.mjs', ['--data-dir', ' ']],
    ['generate.mjs', ['extra']],
    ['image.mjs', ['--push']],
    ['image.mjs', ['--output', '']],
    ['bench.mjs', ['--peer', 'nobody']],
    ['bench.mjs', ['--peer', 'better-auth', '--tenants', '10']],
    ['bench.mjs', ['--tenants', '0']],
    ['bench.mjs', ['--credentials', '1e6']],
  ])('%s %j: one line, exit code 2, nothing left', (script, args) => {
    const clone = bareClone();
    const { status, stdout, stderr } = node([join('infra/scripts', script), ...args], { cwd: clone });
    expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 2, stdout: '', lines: 1 });
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });

  test.each(['test.mjs default', 'test.mjs all', 'requirements.mjs', 'provision.mjs', 'start.mjs'])(
    '%s --help',
    (command) => {
      const [script, ...args] = command.split(' ');
      const { status, stdout, stderr } = node([join('infra/scripts', script), ...args, '--help'], { cwd: bareClone() });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('--help');
    },
  );
});

describe('npm run test:vectors', () => {
  test('says plainly that nothing ran where there are no vectors', () => {
    const { status, stdout } = node(['infra/scripts/test.mjs', 'vectors'], { cwd: bareClone() });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([expect.stringContaining('did not run'), '0 passed, 0 failed']);
  });
});

describe('npm run provision', () => {
  const provision = (env, part = 'chromium') =>
    node(['infra/scripts/provision.mjs', '--only', part], { env: { PATH: folder, ...env } });
  const program = (name) => {
    const path = join(folder, name);
    writeFileSync(path, '#!/bin/sh\necho Chromium 1.2.3\n');
    chmodSync(path, 0o755);
    return path;
  };

  test('takes the one that CHROMIUM_PATH names', () => {
    const path = program('mine');
    expect(provision({ CHROMIUM_PATH: path })).toMatchObject({ status: 0, stdout: `${path} (Chromium 1.2.3)\n` });
  });

  test('takes the one in PATH', () => {
    const path = program('google-chrome');
    expect(provision({})).toMatchObject({ status: 0, stdout: `${path} (Chromium 1.2.3)\n` });
  });

  test('a name that leads nowhere is refused, whatever else there is', () => {
    program('chromium');
    const { status, stderr } = provision({ CHROMIUM_PATH: join(folder, 'gone') });
    expect(status).toBe(1);
    expect(stderr).toContain('CHROMIUM_PATH');
  });

  test('takes the programs that HELM and KUBECTL name, and refuses one that is none', () => {
    const env = { HELM: program('helm'), KUBECTL: program('kubectl') };
    expect(provision(env, 'helm')).toMatchObject({ stdout: `HELM=${env.HELM}\nKUBECTL=${env.KUBECTL}\n` });
    const { status, stderr } = provision({ ...env, KUBECTL: join(folder, 'gone') }, 'helm');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('KUBECTL names no program') });
  });

  test('where nothing can be installed it says what to do', () => {
    const { status, stdout, stderr } = provision({});
    expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 1, stdout: '', lines: 1 });
    expect(stderr).toContain('CHROMIUM_PATH');
  });
});

describe('npm run requirements', () => {
  test('without a result nothing is proven, and the document is the only output', () => {
    const clone = bareClone();
    for (const name of ['docs', 'libs', 'services']) mkdirSync(join(clone, name));
    copyFileSync('docs/requirements.yaml', join(clone, 'docs/requirements.yaml'));
    writeFileSync(join(clone, 'package-lock.json'), '{"packages":{}}');
    cpSync('node_modules/yaml', join(clone, 'node_modules/yaml'), { recursive: true });
    mkdirSync(join(clone, 'node_modules/.bin'));
    writeFileSync(join(clone, 'node_modules/.bin/node'), '');
    writeFileSync(join(clone, 'node_modules/.package-lock.json'), '{"packages":{}}');
    const { stdout } = node(['infra/scripts/requirements.mjs', '--json'], { cwd: clone });
    const { rows } = JSON.parse(stdout);
    expect(rows.find(({ id }) => id === 'BCB-2')).toMatchObject({
      clauses: [
        { clause: 'named', passing: 0, failing: 0 },
        { clause: 'discoverable', passing: 0, failing: 0 },
      ],
    });
  });
});

describe('suites', () => {
  const specs = globSync(['{libs,services,infra}/**/*.spec.{ts,mjs}'], {
    exclude: (path) => /(^|[\\/])(node_modules|dist)$/.test(String(path?.name ?? path)),
  }).map((path) => relative('.', path));

  /** What Jest would run. */
  function listed(match) {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--listTests', '--json', '--testMatch'];
    const { stdout } = node([...jest, ...testMatchOf(match)], { cwd: process.cwd() });
    return JSON.parse(stdout).map((path) => relative(process.cwd(), path));
  }

  test('every spec file belongs to a suite', () => {
    const all = listed(suites.flatMap(({ match = [] }) => match).filter((glob) => !glob.startsWith('!')));
    expect(specs.filter((path) => !all.includes(path))).toEqual([]);
  });

  test('what a suite leaves out by its path is left out', () => {
    const { match } = suites.find(({ name }) => name === 'kafka');
    const all = listed(match);
    expect(all).toContain('services/e2e/kafka/crash.kafka.spec.ts');
    expect(all).not.toContain('services/e2e/kafka/journey.kafka.spec.ts');
  });
});

test('a program that npm started ends with the shell that npm sends its signals to', async () => {
  const script = join(folder, 'started.mjs');
  const lib = pathToFileURL(join(process.cwd(), 'infra/scripts/lib/workspace.mjs')).href;
  writeFileSync(
    script,
    `import { become } from '${lib}'; become(['-e', 'console.log(process.pid); setInterval(() => {}, 1000)']);`,
  );
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const shell = spawn('sh', ['-c', '"$0" "$1"; true', process.execPath, script], { env });
  const pid = Number(await new Promise((resolve) => shell.stdout.once('data', resolve)));
  shell.kill('SIGTERM');
  for (const end = Date.now() + 10_000; isAlive(pid); await sleep(50)) expect(Date.now()).toBeLessThan(end);
});

test('what V8 compiled is kept for the next start below node_modules, or where the environment says', () => {
  expect(withNode24({ PATH: '' }).NODE_COMPILE_CACHE).toBe(
    join(process.cwd(), 'node_modules/.cache/countersign/compiled'),
  );
  expect(withNode24({ PATH: '', NODE_COMPILE_CACHE: '/elsewhere' }).NODE_COMPILE_CACHE).toBe('/elsewhere');
});

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
