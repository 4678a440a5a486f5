import { BlobRefused, MAX_BLOB_BYTES, verifyBlobOffThread, type VerifiedBlob } from '@countersign/metadata';
import type { Clock } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import type { MetadataStore } from '../store/metadata-store.js';
import type { MetadataOrigin } from './settings.js';
import { openSource, type Source } from './source.js';

/** Longer than the slowest look: a source that hangs, and the thread. */
const TURN_SECONDS = 150;
/** A look that failed is repeated sooner than one that went well. */
const RETRY_SECONDS = 300;

export interface RefreshParts {
  store: Pick<MetadataStore, 'claim' | 'checked' | 'state' | 'store'>;
  metrics: ServiceMetrics;
  log: Logger;
  clock: Clock;
}

/**
 * Renews the stored metadata, one replica at a time and off every path that anybody waits for (R15). Whatever is wrong with
 * the source or with what it gives, the last good BLOB stays in force.
 */
export class MetadataRefresh {
  private readonly source: Source;
  /** Why what the source still gives was refused: it is not verified, nor reported, again and again. */
  private standing = '';

  constructor(
    private readonly origin: MetadataOrigin,
    private readonly parts: RefreshParts,
  ) {
    this.source = openSource({ ...origin, maxBytes: MAX_BLOB_BYTES, tooLarge: () => new BlobRefused('too_large') });
  }

  /** Looks at the source if it is due. @returns whether a newer BLOB was stored */
  async work(signal: AbortSignal): Promise<boolean> {
    const { store } = this.parts;
    if (!(await store.claim(TURN_SECONDS))) return false;
    const outcome = await this.look(signal).catch((error: unknown) => this.failed(error));
    const failure = typeof outcome === 'string' ? outcome : this.standing;
    await store.checked(failure, failure ? Math.min(this.origin.every, RETRY_SECONDS) : this.origin.every);
    return outcome === true;
  }

  private async look(signal: AbortSignal): Promise<boolean> {
    const bytes = await this.source.read(signal);
    if (!bytes) return false;
    const stored = await this.take(bytes);
    this.settle('');
    return stored;
  }

  private async take(bytes: Uint8Array): Promise<boolean> {
    const { roots, signer } = this.origin;
    const { no, digest } = await this.parts.store.state(Number.MAX_SAFE_INTEGER);
    const heldNo = Number(no ?? 0);
    const now = this.parts.clock.now();
    const document = await verifyBlobOffThread({ bytes, roots, signer, now, heldNo });
    const blob = JSON.parse(document) as VerifiedBlob;
    if (blob.no > heldNo) return this.keep(blob, document);
    if (blob.digest !== digest) throw new BlobRefused('number_reused');
    return false;
  }

  private async keep(blob: VerifiedBlob, document: string): Promise<boolean> {
    const stored = await this.parts.store.store(blob, document);
    if (stored) this.parts.log.info('metadata.accepted', { sequence: blob.no, count: blob.entries.length });
    return stored;
  }

  /** Only what was stored, known or refused is settled: after any other fault the same BLOB is looked at again. */
  private settle(standing: string): void {
    this.source.settle();
    this.standing = standing;
  }

  /** A refused BLOB is refused until another is there; a source that was not reached may be there the next time. */
  private failed(error: unknown): string {
    const { metrics, log } = this.parts;
    const reason = error instanceof BlobRefused ? error.fault : 'unavailable';
    if (error instanceof BlobRefused) this.settle(reason);
    metrics.metadataFailures.inc({ reason });
    log.warn('metadata.refresh_failed', { reason, error });
    return reason;
  }
}
