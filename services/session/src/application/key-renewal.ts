import type { DelegatedKeys, RenewalTurn } from '@countersign/keys';
import { systemClock, type Clock } from '@countersign/kernel';
import type { Logger, ServiceMetrics } from '@countersign/platform';

/** How often the log repeats that something is wrong, milliseconds. */
const SAY_EVERY_MS = 60_000;
const SERVICE = { service: 'session' };

/** Keeps issuer keys renewed, tells how much time is left, and raises the alarm well before it is over. */
export class KeyRenewal {
  private running = false;
  private failingSince: number | undefined;
  private saidAt = -Infinity;

  constructor(
    private readonly issuers: Pick<DelegatedKeys, 'renew'>,
    private readonly metrics: Pick<ServiceMetrics, 'issuerKeySecondsLeft' | 'issuerKeysNotRenewed'>,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  /** One turn; none while the one before waits for the key store. */
  async work(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      this.tell(await this.issuers.renew());
    } finally {
      this.running = false;
    }
  }

  private tell(turn: RenewalTurn): void {
    if (turn.left !== undefined) this.metrics.issuerKeySecondsLeft.set(SERVICE, turn.left / 1_000);
    this.metrics.issuerKeysNotRenewed.set(SERVICE, turn.failing);
    const now = this.clock.now().getTime();
    if (turn.failing === 0) return this.tellCaughtUp(now);
    this.failingSince ??= now;
    if (now - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = now;
    const fields = { ...SERVICE, count: turn.failing, ms: turn.left, key: turn.first, error: turn.failure };
    if (turn.late > 0) this.log.error('issuer_key.running_out', { ...fields, count: turn.late });
    else this.log.warn('issuer_key.not_renewed', fields);
  }

  private tellCaughtUp(now: number): void {
    if (this.failingSince !== undefined)
      this.log.info('issuer_key.renewed_again', { ...SERVICE, ms: now - this.failingSince });
    this.failingSince = undefined;
    this.saidAt = -Infinity;
  }
}
