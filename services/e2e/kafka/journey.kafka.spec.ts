import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { freePorts } from '../src/index.js';

const MAIN = fileURLToPath(new URL('../../standalone/dist/main-processes.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-over-kafka-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

/** What the test run itself is told with this prefix is no setting of an installation. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_')));

const start = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, '--once', '--json', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test('CARD-3.kafka · the journey runs over separate processes and Kafka, again on what the first run left, and on no other bus', async () => {
  const place = ['--data-dir', join(folder, 'house'), '--port', String(await freePorts())];
  for (let run = 0; run < 2; run++) {
    const { code, stdout, stderr } = await start('--kafka', ...place);
    if (code !== 0) throw new Error(stderr);
    const journey = JSON.parse(stdout) as { ok: boolean; steps: { name: string; ok: boolean }[] };
    expect(journey.ok).toBe(true);
    expect(journey.steps.filter(({ ok }) => ok)).toHaveLength(10);
  }
  const { code, stdout, stderr } = await start(...place);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('are in Kafka: start it with --kafka');
}, 300_000);
