import { Module, type DynamicModule } from '@nestjs/common';
import { CondemnedDevices } from './flows/condemned-devices.js';
import { Details } from './flows/details.js';
import { Devices } from './flows/devices.js';
import { EnrollWithGrant } from './flows/enroll-with-grant.js';
import { EnrollWithTicket } from './flows/enroll-with-ticket.js';
import { Erasures } from './flows/erasure/erasures.js';
import { Exports } from './flows/export/exports.js';
import { Grants } from './flows/grants.js';
import { Imports } from './flows/import/import-credentials.js';
import { PolicyPreviews } from './flows/policy-preview.js';
import { Registration } from './flows/registration.js';
import { RewrapSubjectKeys } from './flows/rewrap/subject-keys.js';
import { RewrapTenantKeys } from './flows/rewrap/tenant-keys.js';
import type { SessionEnding } from './flows/session-ending.js';
import { Subjects } from './flows/subjects.js';
import { Tickets } from './flows/tickets.js';
import { WhoseKeys } from './flows/whose-key.js';
import { CondemnedController } from './grpc/condemned.controller.js';
import { DevicesController } from './grpc/devices.controller.js';
import { PersonalDataController } from './grpc/personal-data.controller.js';
import { LookupController } from './grpc/lookup.controller.js';
import { PolicyController } from './grpc/policy.controller.js';
import { RewrapController } from './grpc/rewrap.controller.js';
import { RegistrationController } from './grpc/registration.controller.js';
import { SubjectsController } from './grpc/subjects.controller.js';
import type { Parts } from './parts.js';
import { ImportStore } from './store/import-store.js';
import { RewrapStore } from './store/rewrap-store.js';
import {
  CONDEMNED,
  DETAILS,
  DEVICES,
  ERASURES,
  EXPORTS,
  IMPORTS,
  PARTS,
  POLICY_PREVIEWS,
  SUBJECTS,
  TICKETS,
  WHOSE_KEYS,
  WITH_GRANT,
  WITH_TICKET,
} from './tokens.js';

@Module({})
class EnrollmentModule {}

/** Wiring only. */
export function enrollmentModule(parts: Parts, ending: SessionEnding): DynamicModule {
  const grants = new Grants(parts);
  const registration = new Registration(parts);
  const rewraps = new RewrapStore(parts.database);
  return {
    module: EnrollmentModule,
    controllers: [
      SubjectsController,
      RegistrationController,
      DevicesController,
      LookupController,
      PolicyController,
      CondemnedController,
      PersonalDataController,
      RewrapController,
    ],
    providers: [
      { provide: PARTS, useValue: parts },
      { provide: SUBJECTS, useValue: new Subjects(parts) },
      { provide: TICKETS, useValue: new Tickets(parts) },
      { provide: IMPORTS, useValue: new Imports(parts, new ImportStore()) },
      { provide: WITH_TICKET, useValue: new EnrollWithTicket(parts, registration) },
      { provide: WITH_GRANT, useValue: new EnrollWithGrant(parts, grants, registration) },
      { provide: DEVICES, useValue: new Devices(parts, grants, ending) },
      { provide: WHOSE_KEYS, useValue: new WhoseKeys(parts) },
      { provide: POLICY_PREVIEWS, useValue: new PolicyPreviews(parts) },
      { provide: CONDEMNED, useValue: new CondemnedDevices(parts) },
      { provide: DETAILS, useValue: new Details(parts) },
      { provide: EXPORTS, useValue: new Exports(parts) },
      { provide: RewrapTenantKeys, useValue: new RewrapTenantKeys(rewraps, parts.keys, parts.keyStore) },
      { provide: RewrapSubjectKeys, useValue: new RewrapSubjectKeys(rewraps, parts.keys) },
      { provide: ERASURES, useValue: new Erasures(parts) },
    ],
  };
}
