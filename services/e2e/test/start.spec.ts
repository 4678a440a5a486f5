import { mkdtempSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Program, freePorts, postmasterOf, removeInstallation, say } from '../src/index.js';

/** The bootstrap of the shape under test; both take the same flags. */
const SCRIPT = process.env.E2E_SHAPE === 'services' ? 'start-services.mjs' : 'start.mjs';
const LIMIT_MS = 240_000;

let folder: string;
let file: string;
const made: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  file = join(folder, 'a-file');
  writeFileSync(file, '');
});

afterAll(async () => {
  for (const program of started) program.signal('SIGTERM');
  await Promise.all(started.map(({ exited }) => exited));
  for (const dataDir of made) removeInstallation(dataDir);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** A data directory that is not there yet. */
function newDataDir(): string {
  const dataDir = join(folder, `data-${made.length}`);
  made.push(dataDir);
  return dataDir;
}

const started: Program[] = [];

function start(port: number, dataDir: string, ...more: string[]): Program {
  const program = Program.start(SCRIPT, ['--port', String(port), '--data-dir', dataDir, ...more]);
  started.push(program);
  return program;
}

/** Lines, but for the one that says a source was edited since the last build. */
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && line !== 'Building …');

/** What a program started, the database included, is gone. */
async function untilGone(pids: readonly number[]): Promise<void> {
  for (const end = Date.now() + 20_000; pids.some(isAlive); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() > end) throw new Error(`still there: ${pids.filter(isAlive).join(', ')}`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe(`${SCRIPT} refuses, in one line, and makes nothing`, () => {
  const refused = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const dataDir = join(folder, 'never-made');
    const program = Program.start(SCRIPT, ['--data-dir', dataDir, ...args], env);
    expect(await program.exited).toBeGreaterThan(0);
    expect(program.stdout).toBe('');
    expect(existsSync(dataDir)).toBe(false);
    expect(readdirSync(folder).filter((name) => name !== 'a-file' && !made.includes(join(folder, name)))).toEqual([]);
    const lines = linesOf(program.stderr);
    expect(lines).toHaveLength(1);
    return lines[0]!;
  };

  test('an unknown flag, a value where none belongs, a port that is none', async () => {
    expect(await refused(['--prot', '1'])).toContain("Unknown option '--prot'");
    expect(await refused(['surplus'])).toContain('surplus');
    for (const port of ['0', '65535', '80a', '-1']) expect(await refused([`--port=${port}`])).toContain('--port');
  });

  test(
    'a port that is taken, be it of the API or of the demo bank',
    async () => {
      const port = await freePorts();
      for (const taken of [port, port + 1]) {
        const other = createServer().listen(taken, '127.0.0.1');
        await new Promise((resolve) => other.once('listening', resolve));
        const line = await refused(['--port', String(port)]).finally(() => other.close());
        expect(line).toBe(`--port: port ${taken} is in use`);
      }
    },
    LIMIT_MS,
  );

  test(
    'a data directory that is a file, or lies below one',
    async () => {
      const port = String(await freePorts());
      expect(await refused(['--port', port, '--data-dir', file])).toBe(`--data-dir: ${file} is not a directory`);
      const below = join(file, 'below');
      expect(await refused(['--port', port, '--data-dir', below])).toBe(`--data-dir: cannot write ${below} (ENOTDIR)`);
    },
    LIMIT_MS,
  );

  test(
    'R25 · an unknown setting, and a known one with a bad value',
    async () => {
      const port = String(await freePorts());
      const unknown = await refused(['--port', port], { COUNTERSIGN_LOG_LEVLE: 'info' });
      expect(unknown).toBe('COUNTERSIGN_LOG_LEVLE: unknown setting');
      const bad = await refused(['--port', port], { COUNTERSIGN_LOG_LEVEL: 'loud' });
      expect(bad).toMatch(/^COUNTERSIGN_LOG_LEVEL: /);
    },
    LIMIT_MS,
  );

  test('--help says what there is and starts nothing', async () => {
    const program = Program.start(SCRIPT, ['--help']);
    expect(await program.exited).toBe(0);
    for (const flag of ['--port', '--data-dir', '--once', '--json', '--help']) expect(program.stdout).toContain(flag);
    expect(program.stderr).toBe('');
  });
});

describe(SCRIPT, () => {
  test(
    '--once --json prints one document and nothing else, ends with 0 and leaves no process',
    async () => {
      const dataDir = newDataDir();
      const program = start(await freePorts(), dataDir, '--once', '--json');
      expect(await program.exited).toBe(0);
      expect(linesOf(program.stdout)).toHaveLength(1);
      const { ok, steps } = JSON.parse(program.stdout) as { ok: boolean; steps: Record<string, unknown>[] };
      expect(ok).toBe(true);
      expect(steps.length).toBeGreaterThanOrEqual(8);
      for (const step of steps) expect(step).toEqual({ name: expect.any(String), ok: true, ms: expect.any(Number) });
      expect(linesOf(program.stderr)).toEqual([]);
      expect(postmasterOf(dataDir)).toBeUndefined();
    },
    LIMIT_MS,
  );

  test(
    'two serve side by side, refuse a third in their place, and end with 0 and no orphan',
    async () => {
      const places = [];
      for (let n = 0; n < 2; n++) places.push({ port: await freePorts(), dataDir: newDataDir() });
      const [first, second] = places as [Place, Place];
      const programs = places.map(({ port, dataDir }) => start(port, dataDir));
      await Promise.all(programs.map((program) => program.prints('Ctrl-C stops.')));
      for (const [index, { port }] of places.entries()) await expectServed(programs[index]!, port);
      await expectCors(first.port);
      await expectInUse(second.dataDir);
      const left = programs.flatMap((program) => program.descendants());
      const databases = places.map(({ dataDir }) => postmasterOf(dataDir)!);
      programs[0]!.signal('SIGTERM');
      programs[1]!.signal('SIGINT');
      for (const program of programs) expect(await program.exited).toBe(0);
      await untilGone([...left, ...databases]);
    },
    LIMIT_MS,
  );

  test(
    'a signal during the start ends it too, with 0 and no orphan',
    async () => {
      const dataDir = newDataDir();
      const program = start(await freePorts(), dataDir);
      while (postmasterOf(dataDir) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      const database = postmasterOf(dataDir)!;
      program.signal('SIGTERM');
      expect(await program.exited).toBe(0);
      await untilGone([database]);
    },
    LIMIT_MS,
  );
});

interface CorsRequest {
  method: string;
  headers: Record<string, string>;
}

interface Place {
  port: number;
  dataDir: string;
}

/** The addresses it prints say localhost, and answer. */
async function expectServed({ stdout }: Program, port: number): Promise<void> {
  const printed = stdout.match(/https?:\/\/[^\s/]+/g) ?? [];
  expect(new Set(printed.map((url) => new URL(url).hostname))).toEqual(new Set(['localhost']));
  expect(printed).toEqual(expect.arrayContaining([`http://localhost:${port}`, `http://localhost:${port + 1}`]));
  for (const path of [`${port}/docs`, `${port}/v1/openapi.json`, `${port + 1}/`]) {
    expect((await fetch(`http://localhost:${path}`)).status).toBe(200);
  }
}

/** The API lets exactly the demo bank's origin in: asked beforehand by a browser, and when its application calls. */
async function expectCors(port: number): Promise<void> {
  const bank = `http://localhost:${port + 1}`;
  const { clientId } = (await (await fetch(`${bank}/api/settings`)).json()) as { clientId: string };
  const call = { method: 'POST', headers: { 'countersign-client': clientId } };
  const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
  for (const request of [preflight, call]) expect(await allowedOrigin(port, bank, request)).toBe(bank);
  const others = [`http://127.0.0.1:${port + 1}`, `https://localhost:${port + 1}`, 'http://localhost', 'null'];
  for (const origin of [...others, `${bank}.example`, `http://localhost:${port + 2}`]) {
    for (const request of [preflight, call]) expect(await allowedOrigin(port, origin, request)).toBeNull();
  }
  expect(await allowedOrigin(port, `http://localhost:${port}`, call)).toBeNull();
}

async function allowedOrigin(port: number, origin: string, request: CorsRequest): Promise<string | null> {
  const headers = { ...request.headers, origin };
  const answer = await fetch(`http://localhost:${port}/v1/passkey/authenticate/options`, { ...request, headers });
  return answer.headers.get('access-control-allow-origin');
}

/** One data directory, one owner; who asks for it meanwhile is told so, and the owner does not notice. */
async function expectInUse(dataDir: string): Promise<void> {
  const other = start(await freePorts(), dataDir, '--once', '--json');
  expect(await other.exited).toBe(1);
  expect(other.stdout).toBe('');
  expect(linesOf(other.stderr)).toEqual([expect.stringMatching(/in use by another process$/)]);
}

describe(`${SCRIPT} after kill -9`, () => {
  test(
    'no service stays, and the next start adopts the PostgreSQL that did',
    async () => {
      const place = { port: await freePorts(), dataDir: newDataDir() };
      const killed = start(place.port, place.dataDir);
      await killed.prints('Ctrl-C stops.');
      const below = killed.descendants();
      process.kill(below[0]!, 'SIGKILL');
      expect(await killed.exited).not.toBe(0);
      await untilGone(below);
      const orphan = postmasterOf(place.dataDir)!;
      expect(isAlive(orphan)).toBe(true);
      const began = performance.now();
      const next = start(place.port, place.dataDir);
      await next.prints('Ctrl-C stops.');
      say(`a second start, with its journey, took ${Math.round(performance.now() - began)} ms`);
      expect(next.stderr).toContain('adopted the PostgreSQL');
      expect(postmasterOf(place.dataDir)).toBe(orphan);
      next.signal('SIGTERM');
      expect(await next.exited).toBe(0);
      await untilGone([orphan]);
    },
    LIMIT_MS,
  );
});
