import { statSync } from 'node:fs';
import { newMaterial, type KeyBacking, type KeyChange, type KeyInfo, type KeyRecord } from '@countersign/keys';
import { replaceFile } from './atomic-write.js';
import { withLock, type HeldLock } from './file-lock.js';
import type { KeyFileFormat, StoredKey } from './key-file.js';
import { KeyFileRefused } from './key-file-refused.js';
import { errorCode, readPrivateFile, type FileMark } from './private-file.js';

/** How long a read may be behind another process, milliseconds. */
const RECENT_MS = 1_000;
const LOCK_WAIT_MS = 5_000;

interface Loaded {
  mark: FileMark;
  stored: ReadonlyMap<string, StoredKey>;
  records: ReadonlyMap<string, KeyRecord>;
}

const sameMark = (a: FileMark, b: FileMark): boolean => a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size;

/** Keys in one sealed file that several processes read and write. No file yet means no keys yet. */
export class FileBacking implements KeyBacking {
  private loaded: Loaded | undefined;
  private checkedAt = -Infinity;

  constructor(
    private readonly setting: string,
    private readonly path: string,
    private readonly format: KeyFileFormat,
  ) {}

  records(freshness: 'recent' | 'now'): ReadonlyMap<string, KeyRecord> {
    const now = performance.now();
    if (freshness === 'now' || now - this.checkedAt > RECENT_MS) {
      this.refresh();
      this.checkedAt = now;
    }
    return this.loaded?.records ?? new Map();
  }

  update(decide: (keys: readonly KeyInfo[]) => KeyChange): Promise<KeyInfo> {
    return withLock(`${this.path}.lock`, LOCK_WAIT_MS, (lock) => this.change(decide, lock));
  }

  private change(decide: (keys: readonly KeyInfo[]) => KeyChange, lock: HeldLock): KeyInfo {
    this.refresh();
    const stored = new Map(this.loaded?.stored);
    const { put, result } = decide([...stored.values()].map((key) => key.info));
    if (put.length === 0) return result;
    for (const info of put) {
      const known = stored.get(info.id);
      stored.set(info.id, known ? { ...known, info } : this.format.seal(info, newMaterial(info.use)));
    }
    const text = this.format.write([...stored.values()]);
    lock.confirm();
    replaceFile(this.path, text);
    this.refresh();
    return result;
  }

  /** Reads the file again if it is another one than last time. A file that is gone was not emptied: that is a loss. */
  private refresh(): void {
    const mark = this.markNow();
    if (!mark && this.loaded) throw new KeyFileRefused(`${this.setting}: ${this.path} is gone`);
    if (!mark || (this.loaded && sameMark(mark, this.loaded.mark))) return;
    const file = readPrivateFile(this.setting, this.path);
    if (!file) throw new KeyFileRefused(`${this.setting}: ${this.path} is gone`);
    const stored = new Map(this.format.read(file.text).map((key) => [key.info.id, key]));
    const record = (key: StoredKey): KeyRecord => ({ info: key.info, material: () => this.format.unseal(key) });
    this.loaded = { mark: file.mark, stored, records: new Map([...stored].map(([id, key]) => [id, record(key)])) };
  }

  private markNow(): FileMark | undefined {
    try {
      return statSync(this.path, { bigint: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new KeyFileRefused(`${this.setting}: cannot read ${this.path} (${errorCode(error)})`);
    }
  }
}
