import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mutatedAssertion, mutatedRegistration, type MutatedCeremony } from './ceremonies.js';
import { classOf, CLASSES } from './classes.js';
import { Dice } from './dice.js';
import { ourVerdict, theirVerdict, trustRoot } from './verdicts.js';

const CASES = Number(process.env['CASES'] ?? 1000);
/** The sample always makes the same choices, a long run its own; a failure names the seed, and holds the whole case. */
const SEED = Number(process.env['SEED'] ?? (process.env['CASES'] ? Date.now() % 1_000_000_007 : 1));

const bytesAsText = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : value;

interface Tally {
  accepted: number;
  refused: number;
  explained: Map<string, number>;
  unexplained: string[];
}

async function judge(ceremony: MutatedCeremony, tally: Tally): Promise<void> {
  const [ours, theirs] = [ourVerdict(ceremony), await theirVerdict(ceremony)];
  if (ours.ok === theirs.ok) {
    tally[ours.ok ? 'accepted' : 'refused'] += 1;
    return;
  }
  const found = classOf(ceremony, ours, theirs);
  if (found) tally.explained.set(found.name, (tally.explained.get(found.name) ?? 0) + 1);
  else tally.unexplained.push(JSON.stringify({ seed: SEED, ours, theirs, ceremony }, bytesAsText));
}

async function compare(next: (dice: Dice) => MutatedCeremony, seed: number): Promise<Tally> {
  const dice = new Dice(seed);
  const tally: Tally = { accepted: 0, refused: 0, explained: new Map(), unexplained: [] };
  for (let count = 0; count < CASES / 2; count += 1) await judge(next(dice), tally);
  const rows = [...tally.explained].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(
    `seed ${SEED}: both accept ${tally.accepted}, both refuse ${tally.refused}, explained: ${rows.join(', ')}\n`,
  );
  return tally;
}

describe('our verdict beside SimpleWebAuthn’s', () => {
  beforeAll(trustRoot);

  test('BCB-1 · mutated registrations of every format · no disagreement without an explanation', async () => {
    const now = new Date();
    const tally = await compare((dice) => mutatedRegistration(dice, now), SEED);
    expect(tally.unexplained.slice(0, 3)).toEqual([]);
    expect(Math.min(tally.accepted, tally.refused)).toBeGreaterThan(CASES / 20);
  }, 3_600_000);

  test('R13 · mutated assertions of every algorithm · no disagreement without an explanation', async () => {
    const tally = await compare(mutatedAssertion, SEED + 1);
    expect(tally.unexplained.slice(0, 3)).toEqual([]);
    expect(Math.min(tally.accepted, tally.refused)).toBeGreaterThan(CASES / 20);
  }, 3_600_000);

  test('every class of disagreement stands in the table, and the table has no other', () => {
    // The first chapter of the page; mutants and fuzzers have tables of their own.
    const chapter = readFileSync(join(process.cwd(), 'docs/protocols/differential.md'), 'utf8').split('\n# ')[0]!;
    const rows = [...chapter.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(CLASSES.map(({ name }) => name).sort());
  });
});
