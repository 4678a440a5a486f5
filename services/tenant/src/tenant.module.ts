import { Module, type DynamicModule } from '@nestjs/common';
import { ControlPlane } from './control/control-plane.js';
import { RefusalRecord } from './grpc/refusal-record.js';
import { TenantController } from './grpc/tenant.controller.js';
import { Directory } from './store/directory.js';
import { SnapshotFeed } from './store/snapshot-feed.js';

export interface TenantParts {
  control: ControlPlane;
  directory: Directory;
  feed: SnapshotFeed;
  refusals: RefusalRecord;
}

@Module({})
class TenantModule {}

/** Wiring only. */
export const tenantModule = ({ control, directory, feed, refusals }: TenantParts): DynamicModule => ({
  module: TenantModule,
  controllers: [TenantController],
  providers: [
    { provide: ControlPlane, useValue: control },
    { provide: Directory, useValue: directory },
    { provide: SnapshotFeed, useValue: feed },
    { provide: RefusalRecord, useValue: refusals },
  ],
});
