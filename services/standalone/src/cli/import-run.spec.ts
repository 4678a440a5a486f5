import { describe, expect, test } from '@jest/globals';
import type { enrollment } from '@countersign/contracts';
import { runImport, type RefusedLine } from './import-run.js';
import { SeenCredentials } from './seen-credentials.js';

const line = (credentialId: string, reference = 'ada', publicKey = 'key') =>
  JSON.stringify({ credentialId, reference, publicKey });

async function* bytesOf(lines: string[]): AsyncGenerator<Uint8Array> {
  yield* await Promise.resolve(lines.map((text) => Buffer.from(text)));
}

/** A service that takes everything and keeps nothing. */
async function dryRun(lines: string[], seen = new SeenCredentials()) {
  const refused: RefusedLine[] = [];
  const outcome: enrollment.ImportOutcome = { outcome: 'imported', code: '', faults: [] };
  const send = (sent: string[]) => Promise.resolve(sent.map(() => outcome));
  const counts = await runImport(
    bytesOf(lines),
    send,
    (each) => refused.push(each),
    () => undefined,
    seen,
  );
  return { ...counts, refused: refused.map(({ line: at, code }) => [at, code]) };
}

describe('a dry run', () => {
  const others = Array.from({ length: 600 }, (_, index) => line(`other ${index}`));

  test('finds the same credential again anywhere in the file, as the import would', async () => {
    const lines = [line('one'), ...others, line('one'), line('one', 'bob'), line('one', 'ada', 'other key')];
    expect(await dryRun(lines)).toEqual({
      lines: 604,
      imported: 601,
      known: 1,
      refused: [
        [603, 'credential_exists'],
        [604, 'credential_exists'],
      ],
    });
  });

  test('remembers no more than it may, and says when that is full', async () => {
    const seen = new SeenCredentials(2);
    expect(await dryRun([line('one'), line('two'), line('three'), line('three'), line('two')], seen)).toMatchObject({
      imported: 4,
      known: 1,
    });
    expect(seen.isFull).toBe(true);
  });
});
