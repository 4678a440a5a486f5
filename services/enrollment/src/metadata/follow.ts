import type { Clock } from '@countersign/kernel';
import type { ServiceRuntime } from '@countersign/platform';
import type { ServiceBase } from '@countersign/service-base';
import type { Fleet } from '../flows/fleet.js';
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
}

/**
 * Keeps metadata fresh and the fleet judged by it, in the background: a source that hangs holds up neither the start nor
 * the judging (R15). Without a source metadata stays what it is.
 */
export async function followMetadata(runtime: ServiceRuntime, base: ServiceBase, parts: Following): Promise<void> {
  const { origin, store, held, fleet, clock } = parts;
  const { metrics, log } = runtime;
  const failed = (error: unknown): void => log.error('metadata.failed', { error });
  await held.follow();
  const judging = new Unhurried(async (signal) => {
    if (origin) await held.follow();
    await fleet.work(signal);
  }, failed);
  runtime.onStop(() => judging.stop());
  const every = Math.min(LOOK_MS, (origin?.every ?? Infinity) * 1000);
  await base.every(every, judging.begin);
  if (!origin) return;
  const refresh = new MetadataRefresh(origin, { store, metrics, log, clock });
  const renewing = new Unhurried(async (signal) => {
    if (await refresh.work(signal)) await judging.begin();
  }, failed);
  runtime.onStop(() => renewing.stop());
  await base.every(every, renewing.begin);
}
