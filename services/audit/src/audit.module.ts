import type { DynamicModule } from '@nestjs/common';
import { AuditController, type Tenants } from './grpc/audit.controller.js';
import type { LogReader } from './ports.js';
import { LOG_READER, TENANTS } from './tokens.js';

class AuditModule {}

/** Wiring only. */
export const auditModule = (log: LogReader, tenants: Tenants): DynamicModule => ({
  module: AuditModule,
  controllers: [AuditController],
  providers: [
    { provide: LOG_READER, useValue: log },
    { provide: TENANTS, useValue: tenants },
  ],
});
