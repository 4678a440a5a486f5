import { canonicalJson } from '@countersign/kernel';
import type { Policy } from './policy.js';

/** One member that differs. A member that is absent on one side is undefined there. */
export interface PolicyChange {
  /** Path of the member, e.g. `sessions.inactivity`; lists are compared whole. */
  path: string;
  before: unknown;
  after: unknown;
}

/** What a new policy changes, in the order of the paths; empty when both mean the same. */
export function policyChanges(before: Policy, after: Policy): PolicyChange[] {
  const [old, fresh] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return paths
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }))
    .filter((change) => !same(change.before, change.after));
}

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);

function leavesOf(value: object, path: string[] = [], leaves = new Map<string, unknown>()): Map<string, unknown> {
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const branch = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (branch) leavesOf(member, [...path, name], leaves);
    else leaves.set([...path, name].join('.'), member);
  }
  return leaves;
}
