import { setTimeout as sleep } from 'node:timers/promises';
import type { tenant } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import type { TenantClient } from '../src/index.js';

/** A control plane that publishes whatever a test gives it, and can be down. */
export class ScriptedControl implements TenantClient {
  down = false;
  /** The `after` of every question. */
  readonly asked: bigint[] = [];
  private readonly published: { sequence: bigint; jws: string }[] = [];

  publish(jws: string): void {
    this.published.push({ sequence: BigInt(this.published.length + 1), jws });
  }

  /** Somebody has asked for what comes after the last. */
  answeredAll = (): boolean => (this.asked.at(-1) ?? -1n) >= BigInt(this.published.length);

  watch = async ({ after }: tenant.WatchRequest): Promise<tenant.WatchResponse> => {
    if (this.down) throw refuse('unavailable', { retryAfter: 1 });
    this.asked.push(after);
    const snapshots = this.published.filter(({ sequence }) => sequence > after);
    if (snapshots.length === 0) await sleep(20);
    return { snapshots };
  };
}
