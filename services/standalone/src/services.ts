import * as audit from '@countersign/audit';
import * as challenge from '@countersign/challenge';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { BUS } from '@countersign/database';
import * as enrollment from '@countersign/enrollment';
import { busMigrations } from '@countersign/event-bus-postgres';
import * as gateway from '@countersign/gateway';
import type { ServiceDescriptor } from '@countersign/platform';
import * as risk from '@countersign/risk';
import * as session from '@countersign/session';
import * as tenant from '@countersign/tenant';
import * as verification from '@countersign/verification';

export interface InstalledService {
  service: ServiceDescriptor;
  migrationsDir: string;
}

/** Every service of this installation, by name. */
export const INSTALLED = {
  gateway,
  tenant,
  enrollment,
  challenge,
  verification,
  risk,
  session,
  audit,
} as unknown as Record<ServiceName, InstalledService>;

/** Every schema of the database with its migrations; that of the bus first, since the others write to it. */
export const SCHEMAS: readonly { schema: string; migrationsDir: string }[] = [
  { schema: BUS.schema, migrationsDir: busMigrations },
  ...SERVICES.map((name) => ({ schema: name, migrationsDir: INSTALLED[name].migrationsDir })),
];
