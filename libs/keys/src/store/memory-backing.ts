import type { KeyInfo } from './key-store.js';
import type { KeyChange } from './lifecycle.js';
import type { KeyBacking, KeyRecord } from './software-key-store.js';
import { newMaterial } from './software-key.js';

/** Keys that end with the process: for tests and tools. No profile offers it as a driver. */
export class MemoryBacking implements KeyBacking {
  private readonly kept = new Map<string, KeyRecord>();

  records(): ReadonlyMap<string, KeyRecord> {
    return this.kept;
  }

  async update(decide: (keys: readonly KeyInfo[]) => KeyChange): Promise<KeyInfo> {
    const { put, result } = decide([...this.kept.values()].map((record) => record.info));
    for (const info of put) {
      const made = this.kept.get(info.id)?.material() ?? newMaterial(info.use);
      this.kept.set(info.id, { info, material: () => made });
    }
    return result;
  }
}
