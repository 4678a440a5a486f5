import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { claimsOf, faults, prove, readRows, table, waitingForCluster } from '../scripts/lib/ledger.mjs';

const row = (id, clauses, declared = true) => ({ id, title: id, declared, clauses });
const ran = (suite, ...tests) => ({ suite, tests: tests.map(([name, status = 'passed']) => ({ name, status })) });
const PLATFORM = new Set(['e2e']);
const of = (rows, ...results) => prove(rows, results, PLATFORM);

describe('what a name claims', () => {
  test.each([
    ['BCB-1.packed · a statement', [{ id: 'BCB-1', clause: 'packed' }]],
    ['BCB-5.device-key · signs', [{ id: 'BCB-5', clause: 'device-key' }]],
    ['R1 · a failure spends', [{ id: 'R1', clause: undefined }]],
    [
      'BCB-1.none BCB-1.ticket R4 · all three',
      [
        { id: 'BCB-1', clause: 'none' },
        { id: 'BCB-1', clause: 'ticket' },
        { id: 'R4', clause: undefined },
      ],
    ],
    ['BCB-1.packed without its separator', []],
    ['about BCB-1.packed · in the middle', []],
    ['W3C packed · a vector', []],
    ['RFC9470 · is no row', []],
  ])('%s', (name, claims) => {
    expect(claimsOf(name)).toEqual(claims);
  });
});

describe('proof', () => {
  const rows = [row('BCB-2', ['named', 'discoverable']), row('R1', ['rule']), row('BCB-4', ['qr'], false)];

  test('a clause without a passing test is a fault of a declared row, and of no other', () => {
    const { rows: proven } = of(rows, ran('e2e', ['BCB-2.named · x'], ['R1 · x']));
    expect(faults(proven)).toEqual(['BCB-2.discoverable: no passing test']);
  });

  test('a failing test is a fault beside any number of passing ones', () => {
    const { rows: proven } = of(
      rows,
      ran('e2e', ['BCB-2.named BCB-2.discoverable · x'], ['R1 · x'], ['R1 · y', 'failed']),
    );
    expect(faults(proven)).toEqual(['R1.rule: 1 failing']);
  });

  test('what only a cluster proves is a fault where the tests on one ran, and is told of where they did not', () => {
    const clustered = [{ ...row('CARD-5', ['namespaces', 'helm']), cluster: ['namespaces'] }];
    const { rows: proven } = of(clustered, ran('e2e', ['CARD-5.helm · x']));
    const waiting = waitingForCluster(clustered, proven);
    expect(waiting).toEqual(['CARD-5.namespaces']);
    expect(faults(proven)).toEqual(['CARD-5.namespaces: no passing test']);
    expect(faults(proven, waiting)).toEqual([]);
    const { rows: failed } = of(clustered, ran('e2e', ['CARD-5.helm · x'], ['CARD-5.namespaces · y', 'failed']));
    expect(faults(failed, waiting)).toEqual(['CARD-5.namespaces: 1 failing']);
  });

  test('a skipped test proves nothing', () => {
    expect(of(rows, ran('e2e', ['R1 · x', 'skipped'])).rows[1].clauses).toEqual([
      { clause: 'rule', passing: 0, failing: 0 },
    ]);
  });

  test('a clause is proven against the running platform, a rule anywhere', () => {
    const { rows: proven } = of(
      rows,
      ran('unit', ['BCB-2.named · x'], ['R1 · x'], ['BCB-2.discoverable · y', 'failed']),
    );
    expect(proven[0].clauses).toEqual([
      { clause: 'named', passing: 0, failing: 0 },
      { clause: 'discoverable', passing: 0, failing: 1 },
    ]);
    expect(proven[1].clauses).toEqual([{ clause: 'rule', passing: 1, failing: 0 }]);
  });

  test('a name without its clause proves none of several, and fails all of them', () => {
    const { rows: proven } = of(rows, ran('e2e', ['BCB-2 · x'], ['BCB-2 · y', 'failed'], ['BCB-4 · z']));
    expect(proven[0].clauses.map(({ passing, failing }) => [passing, failing])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(proven[2].clauses[0].passing).toBe(1);
  });

  test('a group speaks for its tests, and a test for itself: once each', () => {
    const result = {
      suite: 'e2e',
      tests: [{ name: 'BCB-2.named · group R1 · one', title: 'R1 · one', status: 'passed' }],
    };
    const { rows: proven } = of(rows, result, ran('e2e', ['R1 · alone']));
    expect(proven[0].clauses[0].passing).toBe(1);
    expect(proven[1].clauses[0].passing).toBe(2);
  });

  test('names of nothing in the ledger are told', () => {
    expect(of(rows, ran('e2e', ['BCB-2.unknown · x'], ['NXG-1 · y'])).unknown).toEqual([
      'BCB-2.unknown: BCB-2.unknown · x',
      'NXG-1: NXG-1 · y',
    ]);
  });

  test('the table names each row once, with its counts', () => {
    const { rows: proven } = of(rows, ran('e2e', ['BCB-2.named · x'], ['BCB-2.named · y', 'failed']));
    expect(table(proven)[0]).toBe('BCB-2   declared  named 1 (1 failing), discoverable 0');
  });
});

describe('docs/requirements.yaml', () => {
  test('holds every row once, each with its clauses', () => {
    const rows = readRows(parse(readFileSync('docs/requirements.yaml', 'utf8')));
    const count = (prefix) => rows.filter(({ id }) => new RegExp(`^${prefix}\\d+$`).test(id)).length;
    expect(['BCB-', 'RNB-', 'PAU-', 'NXG-', 'TFA-', 'CARD-', 'R'].map(count)).toEqual([18, 10, 16, 15, 14, 8, 34]);
    expect(rows).toHaveLength(115);
  });

  test.each([
    ['a row twice', [row('R1', ['rule']), row('R1', ['rule'])]],
    ['a clause twice', [row('R1', ['rule', 'rule'])]],
    ['a row without clauses', [row('R1', [])]],
    ['a row that declares nothing', [{ id: 'R1', title: 'x', clauses: ['rule'] }]],
    ['a clause for a cluster that it does not have', [{ ...row('R1', ['rule']), cluster: ['other'] }]],
    ['a key nobody knows', [{ ...row('R1', ['rule']), done: true }]],
    ['no list', undefined],
  ])('%s is refused', (_, rows) => {
    expect(() => readRows({ rows })).toThrow(/row/);
  });
});

test('every test that names a clause names one of docs/requirements.yaml, and all of them before the first ·', () => {
  const clauses = new Map(
    readRows(parse(readFileSync('docs/requirements.yaml', 'utf8'))).map((r) => [r.id, r.clauses]),
  );
  const known = ({ id, clause }) => clauses.has(id) && (clause === undefined || clauses.get(id).includes(clause));
  const files = globSync(
    '{libs,services,infra}/*/{src,test,web,browser,races,crash,kafka,keys,cluster}/**/*.{ts,mjs}',
    {
      exclude: ['**/node_modules/**'],
    },
  );
  const wrong = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?<=['`])[A-Z]\S* (?:\S+ )*?· .*/g)]
      .map(([name]) => name)
      .filter((name) => {
        const [, second] = /· (.*)/.exec(name);
        return (
          claimsOf(name).some((claim) => !known(claim)) || (claimsOf(name).length > 0 && claimsOf(second).length > 0)
        );
      })
      .map((name) => `${file}: ${name}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});
