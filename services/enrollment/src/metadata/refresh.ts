import { BlobRefused, MAX_BLOB_BYTES, verifyBlobOffThread, type VerifiedBlob } from '@countersign/metadata';
import type { Clock } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import type { MetadataStore } from '../store/metadata-store.js';
import { CrlSource } from './crls.js';
import type { MetadataOrigin } from './settings.js';
import { openSource, type Source } from './source.js';

/** Longer than the slowest look: a source that hangs, revocation lists that do, and the thread. */
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
  private readonly crls: CrlSource;
  /** Why what the source still gives was refused: it is not verified, nor reported, again and again. */
  private standing = '';

  constructor(
    private readonly origin: MetadataOrigin,
    private readonly parts: RefreshParts,
  ) {
    this.source = openSource({ ...origin, maxBytes: MAX_BLOB_BYTES, tooLarge: () => new BlobRefused('too_large') });
    this.crls = new CrlSource(origin, parts.log);
  }

  /** Looks at the source if it is due. @returns whether a newer BLOB was stored */
  async work(signal: AbortSignal): Promise<boolean> {
    const { store } = this.parts;
    if (!(await store.claim(TURN_SECONDS))) return false;
    const outcome = await this.look(signal).catch((error: unknown) => this.failed(error));
    const failure = typeof outcome === 'string' ? outcome : this.standing;
    await store.checked(failure, this.pauseAfter(failure));
    return outcome === true;
  }

  /** Authorities are not asked for their lists every few seconds; files of ours are looked at like the BLOB's. */
  private pauseAfter(failure: string): number {
    const { every, crls } = this.origin;
    if (failure === 'revocation_unknown' && crls === undefined) return RETRY_SECONDS;
    return failure ? Math.min(every, RETRY_SECONDS) : every;
  }

  private async look(signal: AbortSignal): Promise<boolean> {
    const bytes = await this.source.read(signal);
    if (!bytes) return false;
    const stored = await this.take(bytes, signal);
    this.settle('');
    return stored;
  }

  private async take(bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { roots, signer, isRevocationRequired: required } = this.origin;
    const { log, store, clock } = this.parts;
    const { no, digest } = await store.state(Number.MAX_SAFE_INTEGER);
    const heldNo = Number(no ?? 0);
    const now = clock.now();
    const revocation = { crls: await this.crls.read(bytes, now, signal), required };
    const document = await verifyBlobOffThread({ bytes, roots, signer, now, heldNo, revocation });
    const blob = JSON.parse(document) as VerifiedBlob;
    for (const reason of blob.unchecked ?? []) log.warn('metadata.revocation_unchecked', { sequence: blob.no, reason });
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

  /**
   * A refused BLOB is refused until another is there; a source that was not reached, or a revocation list, may be there
   * the next time.
   */
  private failed(error: unknown): string {
    const { metrics, log } = this.parts;
    const reason = error instanceof BlobRefused ? error.fault : 'unavailable';
    if (error instanceof BlobRefused && reason !== 'revocation_unknown') this.settle(reason);
    metrics.metadataFailures.inc({ reason });
    log.warn('metadata.refresh_failed', { reason, error });
    return reason;
  }
}
