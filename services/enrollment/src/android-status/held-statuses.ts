import type { Clock } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import { readRevocationList, type RevocationList } from '@countersign/webauthn';
import type { AndroidStatusStore } from '../store/android-status-store.js';

const HOUR_MS = 3_600_000;

/** The list of revoked Android attestation keys that this process judges by. Reading it waits for nothing (R15). */
export class HeldStatuses {
  private list: RevocationList | undefined;
  private number = 0;
  private checkedAt: Date | undefined;

  /** @param configured whether there is a source; without one what another replica stored is not looked at either */
  constructor(
    private readonly configured: boolean,
    private readonly store: Pick<AndroidStatusStore, 'state'>,
    private readonly clock: Clock,
    private readonly metrics: ServiceMetrics,
    private readonly log: Logger,
  ) {}

  /** Undefined before the first list. */
  get current(): RevocationList | undefined {
    return this.list;
  }

  /** Rises with every list that differs; 0: none is held yet; null: there is no source, so none will be. */
  get no(): number | null {
    return this.configured ? this.number : null;
  }

  /** Whether a source is configured and what it gave is from so long ago, or it never gave anything. */
  isStale(hours: number): boolean {
    if (!this.configured) return false;
    return !this.checkedAt || this.clock.now().getTime() - this.checkedAt.getTime() > hours * HOUR_MS;
  }

  /** Takes what this or another replica has stored since. */
  async follow(): Promise<void> {
    if (!this.configured) return;
    const { no, document, checkedAt } = await this.store.state(this.number);
    this.checkedAt = checkedAt ?? undefined;
    if (checkedAt) this.metrics.androidStatusCheckedSeconds.set(checkedAt.getTime() / 1000);
    if (document === null) return;
    this.list = readRevocationList(document);
    this.number = Number(no);
    const count = this.list === 'unreadable' ? 0 : this.list.size;
    this.metrics.androidStatusEntries.set(count);
    this.log.info('android_status.held', { sequence: this.number, count });
  }
}
