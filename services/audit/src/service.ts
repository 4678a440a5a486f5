import { audit } from '@countersign/contracts';
import { baseSettings, describeService } from '@countersign/platform';
import { Erasing, openServiceBase } from '@countersign/service-base';
import { auditModule } from './audit.module.js';
import { consumeEvents } from './events/consume.js';
import { ownManifests } from './events/own-manifests.js';
import { PgLogReader } from './store/log-reader.js';
import { PgManifestBook } from './store/manifest-book.js';
import { PgQuarantine } from './store/quarantine.js';

const MAINTAIN_EVERY_MS = 60 * 60_000;
const ERASE_EVERY_MS = 2_000;
const MAINTAIN = { name: 'log_maintain', text: 'select log_maintain()' };
const FORGET = { name: 'manifest_forget', text: 'select manifest_forget()' };

export const service = describeService({
  name: 'audit',
  settings: baseSettings,
  definitions: [audit.AuditServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime, { manifests: ownManifests });
    await base.every(MAINTAIN_EVERY_MS, async () => {
      await base.database.query(MAINTAIN);
      await base.database.query(FORGET);
    });
    const erasing = new Erasing(base.database, base);
    await base.every(ERASE_EVERY_MS, () => erasing.work());
    const subscriptions = consumeEvents(base.bus, base.database, erasing, runtime.log);
    runtime.onStop(async () => void (await Promise.all(subscriptions.map((each) => each.stop()))));
    const book = new PgManifestBook(base.database, base);
    const quarantine = new PgQuarantine(base.database, base, (tx, batch) => erasing.hear(tx, batch));
    return auditModule(new PgLogReader(base.database), book, quarantine, base.snapshots);
  },
});
