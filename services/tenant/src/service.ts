import { tenant } from '@countersign/contracts';
import { baseSettings, describeService } from '@countersign/platform';
import { keySettings, openKeys, openServiceBase } from '@countersign/service-base';
import { z } from 'zod';
import { ControlPlane } from './control/control-plane.js';
import { ensurePlatformTenant } from './control/platform-tenant.js';
import { RefusalRecord } from './grpc/refusal-record.js';
import { Changes } from './store/changes.js';
import { Directory } from './store/directory.js';
import { SnapshotFeed } from './store/snapshot-feed.js';
import { SNAPSHOT_KEY, SnapshotSigner } from './store/snapshot-signer.js';
import { tenantModule } from './tenant.module.js';

export const service = describeService({
  name: 'tenant',
  settings: baseSettings.extend({
    ...keySettings,
    platformRpId: z.string().describe('domain that operators enroll their passkeys for; cannot change afterwards'),
    platformOrigins: z.string().describe('origins at which operators sign in, separated by commas'),
  }),
  definitions: [tenant.TenantServiceService],
  module: async (runtime) => {
    const { platformRpId: rpId, platformOrigins } = runtime.settings;
    const base = await openServiceBase(runtime, { follow: false });
    const keys = await openKeys(runtime.settings, base.database);
    await keys.create(SNAPSHOT_KEY, 'sign');
    const directory = new Directory(base.database);
    const feed = new SnapshotFeed(base.database, () => runtime.health.failing().includes('draining'));
    const signer = new SnapshotSigner(keys);
    const changes = new Changes(base, signer, feed);
    await ensurePlatformTenant(directory, changes, { rpId, origins: platformOrigins.split(',') });
    const control = new ControlPlane(directory, changes, signer);
    return tenantModule({ control, directory, feed, refusals: new RefusalRecord(base, directory) });
  },
});
