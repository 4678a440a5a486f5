import type { HeldKey } from './key-engine.js';
import { keyIdOf } from './key-id.js';
import type { KeyInfo, KeyState } from './key-store.js';

const oldestFirst = (a: HeldKey, b: HeldKey): number => a.version - b.version;

/** Made twice in a race that nothing guarded: everyone takes the one that was made first. */
function onlyOnce(keys: readonly HeldKey[]): HeldKey[] {
  const firstMade = (a: HeldKey, b: HeldKey): number =>
    a.createdAt.getTime() - b.createdAt.getTime() || (a.ref < b.ref ? -1 : 1);
  const byVersion = new Map<number, HeldKey>();
  for (const key of [...keys].sort(firstMade)) if (!byVersion.has(key.version)) byVersion.set(key.version, key);
  return [...byVersion.values()].sort(oldestFirst);
}

function stateOf(key: HeldKey, current: number | undefined): KeyState {
  if (key.halt) return 'disabled';
  if (key.version === current) return 'active';
  return key.activatedAt ? 'retiring' : 'next';
}

/** A version and what it is in the life of its name. */
export interface HeldState {
  held: HeldKey;
  info: KeyInfo;
}

/**
 * The states of one name's versions, which no store has to keep: the last one put into use is active, also when it was
 * disabled since, so that nothing falls back to an older key by itself.
 */
export function statesOf(driver: string, keys: readonly HeldKey[]): HeldState[] {
  const versions = onlyOnce(keys);
  const used = versions.filter((key) => key.activatedAt);
  const current = used.at(-1)?.version;
  return versions.map((held) => {
    const { name, version, use, createdAt, activatedAt } = held;
    const retiredAt = activatedAt && used.find((other) => other.version > version)?.activatedAt;
    const info: KeyInfo = {
      id: keyIdOf(driver, name, version),
      name,
      version,
      use,
      state: stateOf(held, current),
      createdAt,
      ...(activatedAt && { activatedAt }),
      ...(retiredAt && { retiredAt }),
    };
    return { held, info };
  });
}
