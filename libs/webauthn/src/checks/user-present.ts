import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/** Refuses a proof that nobody confirmed. No policy turns this off (R10). */
export const checkUserPresent = (name: string): Check<Ceremony> =>
  clause(name, ({ authData }) => (authData.userPresent ? pass : reject('user_presence_missing')));
