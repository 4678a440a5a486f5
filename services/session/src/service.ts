import { session } from '@countersign/contracts';
import { JwksCache } from '@countersign/keys';
import { baseSettings, describeService } from '@countersign/platform';
import { Erasing, keySettings, openKeys, openServiceBase } from '@countersign/service-base';
import { z } from 'zod';
import { JoseProofKeys } from './crypto/jose-proof-keys.js';
import { CALLER_KEY } from './domain/key-names.js';
import { LastActive } from './domain/last-active.js';
import { followErasures } from './events/follow-erasures.js';
import { sessionModule } from './session.module.js';
import { ActivityWriter } from './store/activity-writer.js';
import { PgAssertionStore } from './store/pg-assertion-store.js';
import { PgProofStore } from './store/pg-proof-store.js';
import { PgSessionStore } from './store/pg-session-store.js';
import { SessionExport } from './store/session-export.js';
import { sweep, sweepProofs } from './store/sweeper.js';
import { openTokenKeys, signingSettings } from './token-signing.js';

const FLUSH_EVERY_MS = 2_000;
const ERASE_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 10 * 60_000;
/** Well within the 128 s in which the next bucket of spent proofs comes round. */
const SWEEP_PROOFS_EVERY_MS = 40_000;

/** An origin, without a slash at its end: issuers are built on it and compared byte for byte. */
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => !url.endsWith('/') && new URL(url).origin === url,
    'must be an origin such as https://auth.bank.example',
  )
  .describe('origin that clients see, without a slash at the end; the issuer of every token begins with it');

export const service = describeService({
  name: 'session',
  settings: baseSettings.extend({ ...keySettings, ...signingSettings, publicUrl }),
  definitions: [session.SessionServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const keyStore = await openKeys(runtime.settings, base.database);
    const { keys, disabled } = await openTokenKeys(runtime, base, keyStore);
    runtime.callerKeys = new JwksCache((kid) => keys.jwks(CALLER_KEY, kid));
    const activity = new LastActive();
    const store = new PgSessionStore(base.database);
    const writer = new ActivityWriter(activity, store);
    runtime.onStop(() => writer.flush(true));
    await base.every(FLUSH_EVERY_MS, () => writer.flush());
    await base.every(SWEEP_EVERY_MS, () => sweep(base.database));
    await base.every(SWEEP_PROOFS_EVERY_MS, () => sweepProofs(base.database));
    const erasing = new Erasing(base.database, base);
    await base.every(ERASE_EVERY_MS, () => erasing.work());
    const erasures = followErasures(base.bus, base.database, erasing, runtime.log);
    runtime.onStop(() => erasures.stop());
    const assertions = new PgAssertionStore(base.database);
    const { snapshots } = base;
    return sessionModule({
      keys,
      publicUrl: runtime.settings.publicUrl,
      snapshots,
      store,
      exports: new SessionExport(base.database),
      disabled,
      assertions,
      proofKeys: new JoseProofKeys(),
      proofStore: new PgProofStore(base.database),
      events: base,
      activity,
    });
  },
});
