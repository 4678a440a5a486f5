import { describeService } from '@countersign/platform';
import { openServiceBase } from '@countersign/service-base';
import { Peers } from './calls/peers.js';
import { RateWindows } from './domain/rate-windows.js';
import { gatewayModule } from './gateway.module.js';
import { KnownOrigins } from './http/cors.js';
import { listen } from './http/server.js';
import { DailySalt } from './limits/daily-salt.js';
import { EdgeLimits } from './limits/limits.js';
import { AGGREGATE_SECONDS, RefusalRecord } from './limits/refusal-record.js';
import { shareCounts } from './limits/shared-counts.js';
import { gatewaySettings } from './settings.js';
import { PgRateStore } from './store/rate-store.js';

const SHARE_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 60_000;

export const service = describeService({
  name: 'gateway',
  settings: gatewaySettings,
  definitions: [],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const store = new PgRateStore(base.database);
    const salt = new DailySalt(store.today);
    const windows = new RateWindows();
    const refusals = new RefusalRecord(salt, base.record);
    await base.every(SHARE_EVERY_MS, async () => {
      await salt.refresh();
      await shareCounts(windows, store, salt);
    });
    await base.every(FORGET_EVERY_MS, () => store.forget());
    await base.every(AGGREGATE_SECONDS * 1000, () => refusals.flush());
    runtime.onStop(() => refusals.flush());

    const limits = new EdgeLimits(windows, base.snapshots);
    return gatewayModule({
      peers: new Peers((definition) => runtime.client(definition), limits),
      limits,
      directory: base.snapshots,
      origins: new KnownOrigins(() => base.snapshots.all()),
      refusals,
      publicUrl: runtime.settings.publicUrl,
      ready: runtime.health.ready,
    });
  },
  http: listen,
});
