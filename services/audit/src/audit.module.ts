import type { DynamicModule } from '@nestjs/common';
import { AuditController, type Tenants } from './grpc/audit.controller.js';
import { ManifestController } from './grpc/manifest.controller.js';
import { QuarantineController } from './grpc/quarantine.controller.js';
import type { LogReader, ManifestBook, Quarantine } from './ports.js';
import { LOG_READER, MANIFEST_BOOK, QUARANTINE, TENANTS } from './tokens.js';

class AuditModule {}

/** Wiring only. */
export const auditModule = (
  log: LogReader,
  book: ManifestBook,
  quarantine: Quarantine,
  tenants: Tenants,
): DynamicModule => ({
  module: AuditModule,
  controllers: [AuditController, ManifestController, QuarantineController],
  providers: [
    { provide: LOG_READER, useValue: log },
    { provide: MANIFEST_BOOK, useValue: book },
    { provide: QUARANTINE, useValue: quarantine },
    { provide: TENANTS, useValue: tenants },
  ],
});
