import type { BenchTenant } from './tenant.js';

/** What the measured process can be asked over its channel. */
export type Question = { ask: 'statements' } | { ask: 'tenants'; slugs: readonly string[] };

export interface Answers {
  statements: Record<string, number>;
  tenants: BenchTenant[];
}
