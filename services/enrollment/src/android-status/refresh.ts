import { sha256, toBase64Url } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import { readRevocationList } from '@countersign/webauthn';
import { openSource, type Source } from '../metadata/source.js';
import type { AndroidStatusStore } from '../store/android-status-store.js';
import { MOST_SECONDS, type AndroidStatusOrigin } from './settings.js';

/** Google's had 1 MB in 2026. */
export const MAX_STATUS_BYTES = 16 * 1024 * 1024;
/** Longer than the slowest look. */
const TURN_SECONDS = 90;
const RETRY_SECONDS = 300;
/** However short. */
const LEAST_SECONDS = 60;

type Fault = 'too_large' | 'malformed' | 'rolled_back';

/** A list that was refused as a whole; the last good one stays. */
class ListRefused extends Error {
  constructor(readonly code: Fault) {
    super(code);
  }
}

export interface StatusRefreshParts {
  store: Pick<AndroidStatusStore, 'claim' | 'checked' | 'store'>;
  metrics: ServiceMetrics;
  log: Logger;
}

/** Renews the stored list, one replica at a time and off every path that anybody waits for (R15). */
export class StatusRefresh {
  private readonly source: Source;
  /** Why what the source still gives was refused: it is not reported again and again. */
  private standing = '';

  constructor(
    private readonly origin: AndroidStatusOrigin,
    private readonly parts: StatusRefreshParts,
  ) {
    this.source = openSource({
      ...origin,
      maxBytes: MAX_STATUS_BYTES,
      tooLarge: () => new ListRefused('too_large'),
    });
  }

  /** Looks at the source if it is due. @returns whether another list was stored */
  async work(signal: AbortSignal): Promise<boolean> {
    const { store } = this.parts;
    if (!(await store.claim(TURN_SECONDS))) return false;
    const outcome = await this.look(signal).catch((error: unknown) => this.failed(error));
    const failure = typeof outcome === 'string' ? outcome : this.standing;
    const pause = failure ? Math.min(this.origin.every, RETRY_SECONDS) : this.pause();
    await store.checked(failure, pause, this.origin.isUrl ? undefined : this.source.modifiedAt);
    return outcome === true;
  }

  /** As long as the source says that its list may be kept, within reason, else as configured. */
  private pause(): number {
    const { freshFor } = this.source;
    if (freshFor === undefined) return this.origin.every;
    return Math.min(Math.max(freshFor, Math.min(this.origin.every, LEAST_SECONDS)), MOST_SECONDS);
  }

  private async look(signal: AbortSignal): Promise<boolean> {
    const bytes = await this.source.read(signal);
    if (!bytes) return false;
    const text = Buffer.from(bytes).toString('utf8');
    const list = readRevocationList(text);
    if (list === 'unreadable') throw new ListRefused('malformed');
    const modifiedAt = this.origin.isUrl ? this.source.modifiedAt : undefined;
    const outcome = await this.parts.store.store(toBase64Url(sha256(bytes)), text, modifiedAt);
    if (outcome === 'older') throw new ListRefused('rolled_back');
    if (outcome === 'stored') this.parts.log.info('android_status.accepted', { count: list.size });
    this.settle('');
    return outcome === 'stored';
  }

  private settle(standing: string): void {
    this.source.settle();
    this.standing = standing;
  }

  private failed(error: unknown): string {
    const { metrics, log } = this.parts;
    const reason = error instanceof ListRefused ? error.code : 'unavailable';
    if (error instanceof ListRefused) this.settle(reason);
    metrics.androidStatusFailures.inc({ reason });
    log.warn('android_status.refresh_failed', { reason, error });
    return reason;
  }
}
