import type { DynamicModule } from '@nestjs/common';
import { AuditController, type Tenants } from './grpc/audit.controller.js';
import { ManifestController } from './grpc/manifest.controller.js';
import type { LogReader, ManifestBook } from './ports.js';
import { LOG_READER, MANIFEST_BOOK, TENANTS } from './tokens.js';

class AuditModule {}

/** Wiring only. */
export const auditModule = (log: LogReader, book: ManifestBook, tenants: Tenants): DynamicModule => ({
  module: AuditModule,
  controllers: [AuditController, ManifestController],
  providers: [
    { provide: LOG_READER, useValue: log },
    { provide: MANIFEST_BOOK, useValue: book },
    { provide: TENANTS, useValue: tenants },
  ],
});
