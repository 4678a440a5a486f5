import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Certificates } from './house.js';

describe('stopOnSignal', () => {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const args = ['--no-warnings', '--import', here('from-sources.mjs'), here('stopping-process.ts')];

  /** Ends a process by these signals; answers with its exit code and what it printed. */
  async function ended(how: string, ...signals: NodeJS.Signals[]): Promise<[number | null, string]> {
    const child = spawn(process.execPath, [...args, ...how.split(' ')], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    await once(child.stdout, 'data');
    // A process may have exited before its last words are read; the pipe is closed after them.
    const close = once(child, 'close') as Promise<[number | null]>;
    for (const signal of signals) child.kill(signal);
    return [(await close)[0], printed];
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('%s runs the stop once and ends with code 0', async (signal) => {
    expect(await ended('well', signal)).toEqual([0, `running\nstopping ${signal}\nstopped\n`]);
  });

  test('further signals neither stop twice nor cut the stop short', async () => {
    const [code, printed] = await ended('well', 'SIGTERM', 'SIGTERM', 'SIGINT');
    expect([code, printed.match(/stopping/g), printed.endsWith('stopped\n')]).toEqual([0, ['stopping'], true]);
  });

  test('CARD-8.helm · while a service still starts, a signal ends it at once: the first process of a container has no default', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'starting-'));
    const certificates = await Certificates.open();
    const put = (name: string, content: Buffer | string): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const { cert, key, ca } = await certificates.of('challenge');
    const env = {
      PATH: process.env.PATH,
      COUNTERSIGN_TLS_CERT_FILE: put('tls.crt', cert),
      COUNTERSIGN_TLS_KEY_FILE: put('tls.key', key),
      COUNTERSIGN_TLS_CA_FILE: put('ca.crt', ca),
      COUNTERSIGN_DATABASE_URL_FILE: join(folder, 'url'),
      COUNTERSIGN_RELAY_URL_FILE: join(folder, 'url'),
      COUNTERSIGN_SNAPSHOT_KEYS_FILE: join(folder, 'keys'),
    };
    const child = spawn(process.execPath, [...args.slice(0, -1), here('starting-process.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    certificates.close();
    rmSync(folder, { recursive: true });
  });

  test('a stop that hangs ends with code 1 after its limit, and not before', async () => {
    expect(await ended('never 400', 'SIGTERM')).toEqual([1, 'running\nstopping SIGTERM\n']);
    expect(await ended('well 30000', 'SIGTERM')).toEqual([0, 'running\nstopping SIGTERM\nstopped\n']);
    expect(await ended('well 10', 'SIGTERM')).toEqual([1, 'running\nstopping SIGTERM\n']);
  });

  test('a stop that fails ends with code 1', async () => {
    expect(await ended('badly', 'SIGTERM')).toEqual([1, 'running\nstopping SIGTERM\n']);
  });
});
