import { clause, equalBytes, pass, reject, sha256, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/** Refuses a signature made for another relying party. */
export const checkRpId = (name: string): Check<Ceremony> =>
  clause(name, ({ authData, expected }) =>
    equalBytes(authData.rpIdHash, sha256(expected.rpId)) ? pass : reject('rp_id_mismatch'),
  );
