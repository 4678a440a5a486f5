import { makeLeaf, type Leaf } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { Source } from './protocol.js';

/** Tenants take turns. */
const TENANTS = Array.from({ length: 50 }, () => uuidv7());
const TYPES = { challenge: 'challenge.refused', session: 'session.refused' } as const;

/** An event such as a refusal writes, of the n-th tenant. */
export const leafOf = (source: Source, n: number): Leaf =>
  makeLeaf({
    ...{ source, type: TYPES[source], tenant: TENANTS[n % TENANTS.length]!, outcome: 'refused' },
    ...{ request: uuidv7(), subject: uuidv7(), session: uuidv7(), code: 'bench' },
  });
