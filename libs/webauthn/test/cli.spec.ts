import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { utf8 } from '@countersign/kernel';
import fc from 'fast-check';
import { run } from '../src/cli/run.js';
import { linesOf } from '../src/recorded/lines.js';
import { recordedAuthentication, recordedRegistration } from './recorded.js';

const folder = mkdtempSync(join(tmpdir(), 'countersign-webauthn-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function* streamOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(typeof chunk === 'string' ? utf8(chunk) : chunk);
}

async function ran(argv: string[], stdin: AsyncIterable<Uint8Array> = streamOf()): Promise<Ran> {
  const written = { out: '', err: '' };
  const into = (name: keyof typeof written) => (text: string) => Promise.resolve(void (written[name] += text));
  const code = await run(argv, { stdin, out: into('out'), err: into('err') });
  return { code, ...written };
}

const good = JSON.stringify(recordedRegistration());
const bad = JSON.stringify({ ...recordedAuthentication(), challenge: 'AAAA' });
const ACCEPTED = '{"id":"r","verdict":"accept","code":null,"clause":null}\n';
const REFUSED = '{"id":"a","verdict":"reject","code":"challenge_mismatch","clause":"WebAuthn L3 §7.2 step 11"}\n';

describe('countersign-webauthn', () => {
  test('BCB-1.device · judges a file line by line, in its order; verdicts do not change the exit code', async () => {
    const path = join(folder, 'cases.jsonl');
    writeFileSync(path, `${good}\n${bad}\n`);
    expect(await ran(['verify', path])).toEqual({ code: 0, out: ACCEPTED + REFUSED, err: '' });
  });

  test('BCB-1.device · reads standard input, also without an end of line, with empty ones and a byte order mark', async () => {
    const stdin = streamOf(`\uFEFF${good}\r\n\n  \n`, bad.slice(0, 40), bad.slice(40));
    expect(await ran(['verify', '-'], stdin)).toEqual({ code: 0, out: ACCEPTED + REFUSED, err: '' });
    expect(await ran(['verify', '-'])).toEqual({ code: 0, out: '', err: '' });
  });

  test.each<[string, string | Uint8Array, string]>([
    ['no JSON', 'Jane Doe', 'line 2: not JSON'],
    ['no case', '{"id":"x"}', 'line 2: kind'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'line 2: not JSON'],
    ['a name twice', '{"id":"x","id":"y"}', 'line 2: not JSON'],
    ['nesting without end', '['.repeat(5000), 'line 2: not JSON'],
    ['a line too long', `"${'x'.repeat(1024 * 1024)}"`, 'line 2: longer than'],
  ])('%s: the line is refused, the others are judged, and the run says so', async (_name, line, reason) => {
    const result = await ran(['verify', '-'], streamOf(`${good}\n`, line, `\n${bad}\n`));
    const lines = result.out.split('\n');
    expect(result.code).toBe(2);
    expect(lines[1]).toContain('"verdict":"reject","code":"recorded_case_malformed"');
    expect([lines[0], lines[2]].map((each) => `${each}\n`)).toEqual([ACCEPTED, REFUSED]);
    expect(result.err).toContain(reason);
    expect(result.err).not.toContain('Jane');
  });

  test('a file that is not there, or is none, is told with its name', async () => {
    for (const path of [join(folder, 'absent.jsonl'), folder]) {
      const { code, out, err } = await ran(['verify', path]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(path);
    }
  });

  test('helps, and refuses what it does not know', async () => {
    for (const argv of [['--help'], ['-h'], ['help'], ['verify', '--help']]) {
      const { code, out } = await ran(argv);
      expect([code, out.includes('Usage: countersign-webauthn verify FILE.jsonl')]).toEqual([0, true]);
    }
    for (const argv of [
      [],
      ['verify'],
      ['judge', 'x'],
      ['verify', 'a', 'b'],
      ['verify', '--fast', 'x'],
      ['constructor', 'x'],
    ]) {
      const { code, out, err } = await ran(argv);
      expect([code, out, err.includes('Usage')]).toEqual([2, '', true]);
    }
  });
});

describe('lines of a stream', () => {
  const collect = async (chunks: Uint8Array[], most: number) => {
    const lines: string[] = [];
    for await (const line of linesOf(streamOf(...chunks), most))
      lines.push(line === 'too long' ? line : Buffer.from(line).toString('latin1'));
    return lines;
  };

  test('are the same however the stream is cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 60 });
    const cuts = fc.array(fc.nat(60), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(text, cuts, async (whole, places) => {
        const at = [0, ...places.map((place) => Math.min(place, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => utf8(whole.slice(at[index], end)));
        const expected = whole.split('\n').map((line) => (line.length > 8 ? 'too long' : line));
        if (expected.at(-1) === '') expected.pop();
        expect(await collect(chunks, 8)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
