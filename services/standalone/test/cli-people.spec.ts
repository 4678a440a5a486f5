import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { foreignCredential } from '@countersign/testing';
import type { Installation } from '../src/installation.js';
import { countersign, folder, json, remove, start } from './cli-installation.js';

afterAll(remove);

describe('the command line beside a running installation', () => {
  let running: Installation;
  beforeAll(async () => {
    running = await start();
    await json('tenant', 'create', 'bank', '--name', 'A bank', '--rp-id', 'bank.example');
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  test('BCB-1.none · imports passkeys from a file, says what it refused and where, and can be run again', async () => {
    const foreign = [0, 1].map((n) => foreignCredential({ reference: `customer ${n}` }).line);
    const path = join(folder, 'passkeys.jsonl');
    const report = join(folder, 'refused.jsonl');
    const [first, second] = foreign.map((line) => JSON.stringify(line));
    const lines = [first, 'no JSON', second, `"${'x'.repeat(9_000)}"`, Buffer.from([0x22, 0xff, 0x22])];
    writeFileSync(
      path,
      Buffer.concat(lines.flatMap((line, at) => [Buffer.from(line!), Buffer.from(at < 4 ? '\n' : '')])),
    );
    const run = ['passkeys', 'import', path, '--tenant', 'bank', '--report', report];
    const dry = await countersign(...run, '--dry-run');
    expect([dry.code, dry.out[0]]).toEqual([1, '5 lines: 2 would be imported, 0 there already, 3 refused']);
    const { code, out } = await countersign(...run);
    expect([code, out[0]]).toEqual([1, '5 lines: 2 imported, 0 there already, 3 refused']);
    const refused = readFileSync(report, 'utf8').trimEnd().split('\n');
    expect(refused.map((line) => JSON.parse(line) as object)).toEqual(
      [2, 4, 5].map((line) => ({ line, code: 'import_line_invalid', reason: expect.any(String) })),
    );
    expect(statSync(report).mode & 0o777).toBe(0o600);
    writeFileSync(path, `${first}\n${second}\n`);
    expect(await json('passkeys', 'import', path, '--tenant', 'bank')).toEqual({
      ...{ dryRun: false, lines: 2, imported: 0, known: 2, refused: 0 },
      refusals: [],
    });
    const missing = await countersign('passkeys', 'import', join(folder, 'nothing'), '--tenant', 'bank');
    expect([missing.code, missing.err[0]]).toEqual([1, expect.stringMatching(/cannot read .*nothing \(ENOENT\)/)]);
  }, 60_000);

  test('BCB-10.export BCB-10.erase · writes a person’s data to a file of its own, and erases the person when told twice', async () => {
    const { id } = await withClient(running.adminUrl, async (client) => {
      return (await client.query<{ id: string }>('select id from enrollment.subject limit 1')).rows[0]!;
    });
    const path = join(folder, 'person.json');
    expect((await countersign('subject', 'export', id, '--tenant', 'bank', '--file', path)).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const written = JSON.parse(readFileSync(path, 'utf8')) as {
      person: { id: string; reference: string };
      devices: object[];
    };
    expect([written.person.id, written.devices.length]).toEqual([id, 1]);
    expect(written.person.reference).toMatch(/^customer \d$/);
    const careless = await countersign('subject', 'erase', id, '--tenant', 'bank');
    expect([careless.code, careless.err[0]]).toEqual([1, expect.stringContaining('say --yes')]);
    const { erasure } = await json<{ erasure: object }>('subject', 'erase', id, '--tenant', 'bank', '--yes');
    expect(erasure).toMatchObject({ subject: id, state: 'running' });
    expect(
      (await json<{ erasure: object }>('subject', 'erase', id, '--tenant', 'bank', '--yes')).erasure,
    ).toMatchObject(erasure);
    const gone = await countersign('subject', 'export', id, '--tenant', 'bank');
    expect(gone.err[0]).toContain('not_found');
  }, 60_000);
});
