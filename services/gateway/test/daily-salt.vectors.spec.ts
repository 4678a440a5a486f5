import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { DailySalt } from '../src/limits/daily-salt.js';

const FILE = resolve(process.cwd(), '../shared/vectors/wycheproof', 'hmac_sha256_test.json');
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

interface Vector {
  tcId: number;
  key: string;
  msg: string;
  tag: string;
  result: 'valid' | 'invalid';
}
interface MacFile {
  testGroups: { tagSize: number; tests: Vector[] }[];
}

/** The message as the text it may be: the salt hashes text, and bytes that are none cannot be asked for. */
function textOf({ msg }: Vector): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(msg, 'hex'));
  } catch {
    return undefined;
  }
}

async function hashed({ key }: Vector, text: string): Promise<string> {
  const salt = new DailySalt(() => Promise.resolve(new Uint8Array(Buffer.from(key, 'hex'))));
  await salt.refresh();
  return salt.hash(text);
}

if (existsSync(FILE)) {
  test('Wycheproof hmac_sha256 · RFC 2104 · the daily salt hashes every text to the first 16 bytes of its code', async () => {
    const { testGroups } = JSON.parse(readFileSync(FILE, 'utf8')) as MacFile;
    const cut = testGroups.filter(({ tagSize }) => tagSize === 128).flatMap(({ tests }) => tests);
    const whole = testGroups.flatMap(({ tests }) => tests).length - cut.length;
    const texts = cut.filter((vector) => textOf(vector) !== undefined);
    const judged = await Promise.all(
      texts.map(async (vector) => ({ ...vector, accepted: (await hashed(vector, textOf(vector)!)) === vector.tag })),
    );
    const accepted = judged.filter((vector) => vector.accepted).length;
    say(
      `hmac_sha256_test.json, DailySalt: ${accepted} equal, ${judged.length - accepted} refused; explained: ` +
        `${whole} have codes of 32 bytes, ${cut.length - texts.length} messages are no text (libs/keys judges all of them)`,
    );
    expect(accepted).toBeGreaterThan(2);
    expect(judged.length - accepted).toBeGreaterThan(50);
    expect(judged.filter((vector) => vector.accepted !== (vector.result === 'valid'))).toEqual([]);
  });
} else {
  say('The public vectors did not run: there is no ../shared/vectors here.');
  test('vectors absent', () => {
    expect(existsSync(FILE)).toBe(false);
  });
}
