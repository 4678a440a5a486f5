import { audit } from '@countersign/contracts';
import { baseSettings, describeService } from '@countersign/platform';
import { Erasing, openServiceBase } from '@countersign/service-base';
import { auditModule } from './audit.module.js';
import { consumeEvents } from './events/consume.js';
import { PgLogReader } from './store/log-reader.js';

const MAINTAIN_EVERY_MS = 60 * 60_000;
const ERASE_EVERY_MS = 2_000;
const MAINTAIN = { name: 'log_maintain', text: 'select log_maintain()' };

export const service = describeService({
  name: 'audit',
  settings: baseSettings,
  definitions: [audit.AuditServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    await base.every(MAINTAIN_EVERY_MS, async () => void (await base.database.query(MAINTAIN)));
    const erasing = new Erasing(base.database, base);
    await base.every(ERASE_EVERY_MS, () => erasing.work());
    const subscriptions = consumeEvents(base.bus, base.database, erasing, runtime.log);
    runtime.onStop(async () => void (await Promise.all(subscriptions.map((each) => each.stop()))));
    return auditModule(new PgLogReader(base.database), base.snapshots);
  },
});
