import type { Clock } from '@countersign/kernel';
import type { ServiceRuntime } from '@countersign/platform';
import type { ServiceBase } from '@countersign/service-base';
import type { HeldStatuses } from '../android-status/held-statuses.js';
import { StatusRefresh } from '../android-status/refresh.js';
import type { AndroidStatusOrigin } from '../android-status/settings.js';
import type { Fleet } from '../flows/fleet.js';
import type { AndroidStatusStore } from '../store/android-status-store.js';
import type { MetadataStore } from '../store/metadata-store.js';
import type { HeldMetadata } from './held-metadata.js';
import { MetadataRefresh } from './refresh.js';
import type { MetadataOrigin } from './settings.js';
import { Unhurried } from './unhurried.js';

/** How often what other processes stored is looked for, and devices are judged if something changed. */
const LOOK_MS = 5_000;

export interface Following {
  origin: MetadataOrigin | undefined;
  store: MetadataStore;
  held: HeldMetadata;
  fleet: Fleet;
  clock: Clock;
  /** The list of revoked Android attestation keys. */
  android: { origin: AndroidStatusOrigin | undefined; store: AndroidStatusStore; held: HeldStatuses };
}

/** Something that renews what is stored. @returns whether something newer was stored */
type Renewal = (signal: AbortSignal) => Promise<boolean>;

/**
 * Keeps metadata and the list of revoked keys fresh and the fleet judged by them, in the background: a source that hangs
 * holds up neither the start nor the judging nor the other source (R15). Without a source what is held stays what it is.
 */
export async function followMetadata(runtime: ServiceRuntime, base: ServiceBase, parts: Following): Promise<void> {
  const { origin, store, held, fleet, clock, android } = parts;
  const { metrics, log } = runtime;
  const failed = (error: unknown): void => log.error('metadata.failed', { error });
  await held.follow();
  await android.held.follow();
  const judging = new Unhurried(async (signal) => {
    if (origin) await held.follow();
    await android.held.follow();
    await fleet.work(signal);
  }, failed);
  runtime.onStop(() => judging.stop());
  const every = (seconds = Infinity): number => Math.min(LOOK_MS, seconds * 1000);
  await base.every(every(Math.min(origin?.every ?? Infinity, android.origin?.every ?? Infinity)), judging.begin);
  const renew = async (renewal: Renewal, seconds: number): Promise<void> => {
    const renewing = new Unhurried(async (signal) => {
      if (await renewal(signal)) await judging.begin();
    }, failed);
    runtime.onStop(() => renewing.stop());
    await base.every(every(seconds), renewing.begin);
  };
  if (origin) {
    const refresh = new MetadataRefresh(origin, { store, metrics, log, clock });
    await renew((signal) => refresh.work(signal), origin.every);
  }
  if (android.origin) {
    const refresh = new StatusRefresh(android.origin, { store: android.store, metrics, log });
    await renew((signal) => refresh.work(signal), android.origin.every);
  }
}
