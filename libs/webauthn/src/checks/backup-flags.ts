import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/** Refuses a credential that is backed up although it cannot be (§6.1.3). */
export const checkBackupFlags = (name: string): Check<Ceremony> =>
  clause(name, ({ authData }) =>
    authData.backupState && !authData.backupEligible ? reject('backup_flags_invalid') : pass,
  );
