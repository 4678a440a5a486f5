import { versionsOf } from './lifecycle.js';
import type { KeyInfo, KeyStore } from './key-store.js';

/** When the keys of a name change. All in milliseconds. */
export interface RotationSchedule {
  /** How long one version is active. */
  period: number;
  /** How long the next version stands in the JWKS before it signs: longer than any verifier's cache. */
  publishAhead: number;
  /** How long a replaced signing key stays in the JWKS: longer than the longest life of what it signed. */
  keepRetired: number;
}

const since = (at: Date, now: Date): number => now.getTime() - at.getTime();

/** The next key is used once it was published long enough and its predecessor is due or out of use. */
function isDue(next: KeyInfo, active: KeyInfo | undefined, schedule: RotationSchedule, now: Date): boolean {
  if (!active) return true;
  const age = since(active.activatedAt ?? active.createdAt, now);
  return since(next.createdAt, now) >= schedule.publishAhead && age >= schedule.period;
}

/**
 * Takes the steps of rotation that are due for one name; a worker calls it now and then, on any number of replicas.
 * Publishes the next key ahead of its use, activates it, and disables replaced signing keys after `keepRetired`.
 * Replaced wrapping keys are kept: what they wrapped must still open. A name whose active key was disabled gets a new
 * one without waiting.
 *
 * @returns the keys that changed
 */
export async function advanceRotation(
  store: KeyStore,
  name: string,
  schedule: RotationSchedule,
  now: Date,
): Promise<KeyInfo[]> {
  const versions = versionsOf(await store.list(name), name);
  const active = versions.find((key) => key.state === 'active');
  const changed: KeyInfo[] = [];
  let next = versions.find((key) => key.state === 'next');
  const age = active ? since(active.activatedAt ?? active.createdAt, now) : Infinity;
  if (!next && age >= schedule.period - schedule.publishAhead) {
    next = await store.prepare(name);
    changed.push(next);
  }
  if (next && isDue(next, active, schedule, now)) changed.push(await store.activate(next.id));
  for (const old of versions) {
    const over =
      old.use === 'sign' && old.state === 'retiring' && since(old.retiredAt ?? now, now) >= schedule.keepRetired;
    if (over) changed.push(await store.disable(old.id));
  }
  return changed;
}
