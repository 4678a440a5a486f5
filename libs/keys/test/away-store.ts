import { refuse } from '@countersign/kernel';
import { SoftwareKeyStore } from '../src/store/software-key-store.js';

/** A key store for tests that can be away, and counts what it is asked. */
export class AwayStore extends SoftwareKeyStore {
  away = false;
  calls = 0;

  override async list(name?: string) {
    this.answer();
    return super.list(name);
  }

  override async create(name: string, use: 'sign' | 'wrap') {
    this.answer();
    return super.create(name, use);
  }

  override async sign(keyId: string, data: Uint8Array) {
    this.answer();
    return super.sign(keyId, data);
  }

  private answer(): void {
    this.calls += 1;
    if (this.away) throw refuse('key_store_unavailable');
  }
}
