import { risk } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import { baseSettings, describeService } from '@countersign/platform';
import { openServiceBase } from '@countersign/service-base';
import { learnFromEvents } from './events/learn-from-events.js';
import { riskModule } from './risk.module.js';
import { History } from './store/history.js';

const SWEEP_EVERY_MS = 10 * 60_000;

export const service = describeService({
  name: 'risk',
  settings: baseSettings,
  definitions: [risk.RiskServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const history = new History(base.database, systemClock);
    await base.every(SWEEP_EVERY_MS, () => history.sweep());
    const subscriptions = learnFromEvents(base.bus, base.database, history, runtime.log);
    runtime.onStop(async () => void (await Promise.all(subscriptions.map((each) => each.stop()))));
    return riskModule(history, base.snapshots);
  },
});
