import { risk } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import { baseSettings, describeService } from '@countersign/platform';
import { Erasing, openServiceBase } from '@countersign/service-base';
import { learnFromEvents } from './events/learn-from-events.js';
import { riskModule } from './risk.module.js';
import { HistoryExport } from './store/history-export.js';
import { History } from './store/history.js';

const SWEEP_EVERY_MS = 10 * 60_000;
const ERASE_EVERY_MS = 2_000;

export const service = describeService({
  name: 'risk',
  settings: baseSettings,
  definitions: [risk.RiskServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const history = new History(base.database, systemClock);
    await base.every(SWEEP_EVERY_MS, () => history.sweep());
    const erasing = new Erasing(base.database, base);
    await base.every(ERASE_EVERY_MS, () => erasing.work());
    const subscriptions = learnFromEvents(base.bus, base.database, history, erasing, runtime.log);
    runtime.onStop(async () => void (await Promise.all(subscriptions.map((each) => each.stop()))));
    return riskModule(history, new HistoryExport(base.database), base.snapshots);
  },
});
