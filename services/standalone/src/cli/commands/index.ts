import type { Command } from '../command.js';
import { applicationCreate, applicationList, applicationUpdate } from './application.js';
import { databaseApply, databaseWait } from './database.js';
import { doctor } from './doctor.js';
import { eventsReplay } from './events.js';
import { installSecrets } from './install-secrets.js';
import { install } from './install.js';
import { journey } from './journey.js';
import { kafkaTopicsApply, kafkaTopicsCheck } from './kafka.js';
import { keyDisable } from './key-disable.js';
import { keyRewrap } from './key-rewrap.js';
import { keyRotate } from './key-rotate.js';
import { keyList, keyPublish } from './key.js';
import { operatorInvite, operatorList } from './operator.js';
import { passkeysImport } from './passkeys.js';
import { policyPreview, policyPut, policyShow } from './policy.js';
import { quarantineList, quarantineRedrive, quarantineShow } from './quarantine.js';
import { subjectErase, subjectExport } from './subject.js';
import { tenantApply } from './tenant-apply.js';
import { tenantOnboard } from './tenant-onboard.js';
import { tenantCreate, tenantList } from './tenant.js';

/** Everything `countersign` can do, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  tenantCreate,
  tenantList,
  tenantApply,
  tenantOnboard,
  applicationCreate,
  applicationUpdate,
  applicationList,
  policyShow,
  policyPreview,
  policyPut,
  passkeysImport,
  subjectExport,
  subjectErase,
  operatorInvite,
  operatorList,
  keyList,
  keyRotate,
  keyRewrap,
  keyDisable,
  keyPublish,
  eventsReplay,
  quarantineList,
  quarantineShow,
  quarantineRedrive,
  kafkaTopicsApply,
  kafkaTopicsCheck,
  install,
  installSecrets,
  databaseApply,
  databaseWait,
  journey,
  doctor,
];
