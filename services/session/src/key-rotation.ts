import { systemClock, type Clock } from '@countersign/kernel';
import { advanceRotation, type KeyStore, type RotationSchedule } from '@countersign/keys';
import { CALLER_KEY, tenantOfKey } from './domain/key-names.js';
import { tryEach } from './try-each.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A key signs for 30 days. Its successor stands in the JWKS for a day before it signs, longer than any verifier keeps
 * a set; what was replaced stays for an hour, longer than the longest life of what it signed (ten minutes).
 */
export const ROTATION: RotationSchedule = { period: 30 * DAY, publishAhead: DAY, keepRetired: HOUR };

/** As above, where keys certify others that sign for `life` milliseconds more. */
export const rotationWith = (life: number): RotationSchedule => ({
  ...ROTATION,
  keepRetired: ROTATION.keepRetired + life,
});

const isTokenKey = (name: string): boolean => name === CALLER_KEY || tenantOfKey(name) !== undefined;

/**
 * Takes the steps of rotation that are due, for every key that signs tokens; on any number of replicas.
 * @throws the first of what the store throws, after every key had its turn
 */
export async function rotateKeys(store: KeyStore, schedule = ROTATION, clock: Clock = systemClock): Promise<void> {
  const names = new Set((await store.list()).map(({ name }) => name).filter(isTokenKey));
  await tryEach(names, (name) => advanceRotation(store, name, schedule, clock.now()));
}
