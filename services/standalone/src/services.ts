import * as audit from '@countersign/audit';
import * as challenge from '@countersign/challenge';
import type { ServiceName } from '@countersign/contracts';
import * as enrollment from '@countersign/enrollment';
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
