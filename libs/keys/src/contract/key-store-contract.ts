import type { Clause, ContractCase, KeyStorePair } from './case.js';
import { LIFECYCLE_CLAUSES } from './lifecycle-clauses.js';
import { SIGNING_CLAUSES } from './signing-clauses.js';
import { TOKEN_CLAUSES } from './token-clauses.js';
import { WRAPPING_CLAUSES } from './wrapping-clauses.js';

export type { ContractCase, KeyStorePair } from './case.js';

const CLAUSES = { ...LIFECYCLE_CLAUSES, ...SIGNING_CLAUSES, ...WRAPPING_CLAUSES, ...TOKEN_CLAUSES };

async function runOn(make: () => Promise<KeyStorePair>, clause: Clause): Promise<void> {
  const pair = await make();
  try {
    await clause(pair);
  } finally {
    await pair.close?.();
  }
}

/**
 * What every driver of `KeyStore` keeps, free of any test framework:
 * `test.each(keyStoreContract(make))('BCB-15.file · $name', ({ run }) => run())`.
 *
 * @param make two instances over one fresh, empty backing; called once per case
 */
export const keyStoreContract = (make: () => Promise<KeyStorePair>): ContractCase[] =>
  Object.entries(CLAUSES).map(([name, clause]) => ({ name, run: () => runOn(make, clause) }));
