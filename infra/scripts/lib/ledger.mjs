// Rows of docs/requirements.yaml, and which tests prove their clauses. Pure: no files, no packages.

/**
 * @typedef {{id: string, title: string, declared: boolean, clauses: string[], cluster?: string[]}} Row `cluster`: clauses that
 *   only the tests on a Kubernetes cluster prove
 * @typedef {{id: string, declared: boolean, clauses: {clause: string, passing: number, failing: number}[]}} Proven
 */

const ID = /(?:[A-Z]{3,4}-\d+|R\d+)(?:\.[a-z0-9-]+)?/;
const CLAIMS = new RegExp(`^(${ID.source}(?: ${ID.source})*) · `);

/**
 * Checks what a file holds and returns its rows.
 * @returns {Row[]}
 * @throws Error naming the row that is wrong
 */
export function readRows(document) {
  const rows = document?.rows;
  if (!Array.isArray(rows)) throw new Error('there is no list of rows');
  const seen = new Set();
  for (const row of rows) {
    const { id, title, declared, clauses, cluster = [], ...unknown } = row;
    const right =
      typeof title === 'string' && typeof declared === 'boolean' && Array.isArray(clauses) && clauses.length > 0;
    if (!right || Object.keys(unknown).length > 0) throw new Error(`row ${id} is not {id, title, declared, clauses}`);
    if (cluster.some((clause) => !clauses.includes(clause)))
      throw new Error(`row ${id} has no such clause: ${cluster}`);
    if (new Set(clauses).size < clauses.length) throw new Error(`row ${id} has a clause twice`);
    if (seen.has(id)) throw new Error(`row ${id} is there twice`);
    seen.add(id);
  }
  return rows;
}

/** What a test's name says it proves: `BCB-1.none BCB-1.ticket · …` → both, `R1 · …` → a row. */
export const claimsOf = (name) =>
  (CLAIMS.exec(name)?.[1] ?? '')
    .split(' ')
    .filter(Boolean)
    .map((claim) => claim.split('.'))
    .map(([id, clause]) => ({ id, clause }));

/** A test speaks by its full name (that of its group first) and by its own title. */
const claims = ({ name, title = '' }) => {
  const all = [...claimsOf(name), ...claimsOf(title)];
  return [...new Map(all.map((claim) => [`${claim.id}.${claim.clause}`, claim])).values()];
};

/** Rules hold wherever they are tested. */
const isRule = (id) => /^R\d/.test(id);

/**
 * Counts the tests of each clause. A clause is proven against the running platform over its public interface, so passing
 * tests of other suites support a row without proving it; a failing one counts wherever it is. A name without a clause proves the only clause of a row; where a row has several it
 * proves none of them, but its failure counts against all.
 * @param {Row[]} rows
 * @param {import('./results.mjs').Result[]} results
 * @param {Set<string>} platform names of the suites that run against the platform
 * @returns {{rows: Proven[], unknown: string[]}} `unknown`: tests that name what the ledger does not have
 */
export function prove(rows, results, platform) {
  const counts = new Map(
    rows.map(({ id, clauses }) => [id, new Map(clauses.map((clause) => [clause, { clause, passing: 0, failing: 0 }]))]),
  );
  const unknown = new Set();
  for (const { suite, ...test } of results.flatMap(({ suite, tests }) => tests.map((test) => ({ ...test, suite })))) {
    for (const { id, clause } of claims(test)) {
      const row = counts.get(id);
      const meant = clause === undefined ? [...(row?.values() ?? [])] : [row?.get(clause)].filter(Boolean);
      if (meant.length === 0) unknown.add(`${id}${clause ? `.${clause}` : ''}: ${test.name}`);
      if (test.status === 'failed') for (const one of meant) one.failing += 1;
      const proves = meant.length === 1 && (isRule(id) || platform.has(suite));
      if (test.status === 'passed' && proves) meant[0].passing += 1;
    }
  }
  const proven = rows.map(({ id, declared }) => ({ id, declared, clauses: [...counts.get(id).values()] }));
  return { rows: proven, unknown: [...unknown] };
}

const unproven = (rows) =>
  rows
    .filter(({ declared }) => declared)
    .flatMap(({ id, clauses }) =>
      clauses.filter(({ passing }) => passing === 0).map(({ clause }) => `${id}.${clause}`),
    );

/** Clauses of declared rows that nothing has proven, and that only the tests on a cluster prove. */
export const waitingForCluster = (ledger, rows) => {
  const theirs = ledger.flatMap(({ id, cluster = [] }) => cluster.map((clause) => `${id}.${clause}`));
  return unproven(rows).filter((name) => theirs.includes(name));
};

/** Every clause of a declared row that is not proven, but for those `excused`, and every one that fails. */
export const faults = (rows, excused = []) => [
  ...unproven(rows)
    .filter((name) => !excused.includes(name))
    .map((name) => `${name}: no passing test`),
  ...rows
    .filter(({ declared }) => declared)
    .flatMap(({ id, clauses }) =>
      clauses.filter(({ failing }) => failing > 0).map(({ clause, failing }) => `${id}.${clause}: ${failing} failing`),
    ),
];

/** A line per row: `BCB-2 * named 3, discoverable 1 (1 failing)`. */
export const table = (rows) =>
  rows.map(({ id, declared, clauses }) => {
    const cells = clauses.map(
      ({ clause, passing, failing }) => `${clause} ${passing}${failing > 0 ? ` (${failing} failing)` : ''}`,
    );
    return `${id.padEnd(7)} ${declared ? 'declared' : '-       '}  ${cells.join(', ')}`;
  });
