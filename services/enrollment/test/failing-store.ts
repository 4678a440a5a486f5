import type { VerifiedBlob } from '@countersign/metadata';

/** What is stored, in memory: a database that fails when told to. */
export class FailingStore {
  /** Fails once at this call. */
  failAt: 'state' | 'store' | undefined;
  held: VerifiedBlob | undefined;
  /** How each look went, as it was recorded; empty: well. */
  readonly looks: string[] = [];
  /** Seconds until the next one, of each. */
  readonly pauses: number[] = [];

  claim = async (): Promise<boolean> => true;
  checked = async (failure: string, seconds: number): Promise<void> => {
    this.looks.push(failure);
    this.pauses.push(seconds);
  };

  async state() {
    this.fail('state');
    const no = this.held ? BigInt(this.held.no) : null;
    return { checkedAt: null, no, digest: this.held?.digest ?? null, document: null };
  }

  async store(blob: VerifiedBlob): Promise<boolean> {
    this.fail('store');
    this.held = blob;
    return true;
  }

  private fail(at: 'state' | 'store'): void {
    if (this.failAt !== at) return;
    this.failAt = undefined;
    throw new Error('the connection is gone');
  }
}
