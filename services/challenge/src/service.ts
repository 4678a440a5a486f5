import { challenge } from '@countersign/contracts';
import { baseSettings, describeService } from '@countersign/platform';
import { keySettings, openKeys, openServiceBase } from '@countersign/service-base';
import { challengeModule } from './challenge.module.js';
import { REFRESH_SECONDS, SealingKeys } from './store/sealing-keys.js';
import { PgSpentStore } from './store/spent-store.js';

const MAINTAIN_EVERY_MS = 5 * 60_000;

export const service = describeService({
  name: 'challenge',
  settings: baseSettings.extend(keySettings),
  definitions: [challenge.ChallengeServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const keys = await openKeys(runtime.settings, base.database);
    await keys.create('kek', 'wrap');
    const sealer = new SealingKeys(base.database, keys);
    const store = new PgSpentStore(base.database);
    await base.every(REFRESH_SECONDS * 1_000, () => sealer.refresh());
    // Apart from the keys: partitions have to be there also when the key store has been away for hours.
    await base.every(MAINTAIN_EVERY_MS, () => store.maintain());
    const refused = (target: { tenant: string; clientId: string; purpose: string }, code: string, request: string) =>
      base.record({
        type: 'challenge.refused',
        tenant: target.tenant,
        outcome: 'refused',
        code,
        request,
        client: target.clientId,
        facts: { purpose: target.purpose },
      });
    return challengeModule(sealer, store, { refused });
  },
});
