import { MetadataIndex, dayOf, type VerifiedBlob } from '@countersign/metadata';
import type { Clock } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import type { MetadataStore } from '../store/metadata-store.js';

/** The metadata that decisions of this process are made by. Reading it waits for nothing (R15). */
export class HeldMetadata {
  private index = MetadataIndex.empty;
  private print = { of: MetadataIndex.empty, day: '', text: '' };

  constructor(
    private readonly store: Pick<MetadataStore, 'state'>,
    private readonly clock: Clock,
    private readonly metrics: ServiceMetrics,
    private readonly log: Logger,
  ) {}

  get current(): MetadataIndex {
    return this.index;
  }

  /** What enrolled devices are judged by, today: `MetadataIndex.fingerprint`, computed once a day and BLOB. */
  fingerprint(): { text: string; day: string } {
    const now = this.clock.now();
    const day = dayOf(now);
    if (this.print.of !== this.index || this.print.day !== day)
      this.print = { of: this.index, day, text: this.index.fingerprint(now) };
    return this.print;
  }

  /** Takes what this or another replica has stored since. */
  async follow(): Promise<void> {
    const { document, checkedAt } = await this.store.state(this.index.no);
    if (checkedAt) this.metrics.metadataCheckedSeconds.set(checkedAt.getTime() / 1000);
    if (document === null) return;
    const blob = JSON.parse(document) as VerifiedBlob;
    this.index = new MetadataIndex(blob);
    this.metrics.metadataUnchecked.set(blob.unchecked?.length ?? 0);
    const { no, nextUpdate, size, faults } = this.index;
    this.metrics.metadataFaults.set(faults);
    if (faults > 0) this.log.warn('metadata.faulty_entries', { sequence: no, count: faults });
    this.metrics.metadataNo.set(no);
    this.metrics.metadataNextUpdateSeconds.set(Date.parse(nextUpdate) / 1000);
    this.log.info('metadata.held', { sequence: no, count: size });
  }
}
