import { AuthenticationController } from './authentication.controller.js';
import { CondemnedDevicesController } from './condemned-devices.controller.js';
import { DevicesController } from './devices.controller.js';
import { DiscoveryController } from './discovery.controller.js';
import { OAuthController } from './oauth.controller.js';
import { PolicyController } from './policy.controller.js';
import { RecordsController } from './records.controller.js';
import { RegistrationController } from './registration.controller.js';
import { SessionsController } from './sessions.controller.js';
import { StepUpController } from './step-up.controller.js';
import { PersonalDataController } from './personal-data.controller.js';
import { SubjectsController } from './subjects.controller.js';

/** Every group of operations of the API, in the order of the documentation. */
export const API_CONTROLLERS = [
  SubjectsController,
  PersonalDataController,
  RegistrationController,
  AuthenticationController,
  StepUpController,
  SessionsController,
  DevicesController,
  CondemnedDevicesController,
  PolicyController,
  RecordsController,
  OAuthController,
  DiscoveryController,
];
