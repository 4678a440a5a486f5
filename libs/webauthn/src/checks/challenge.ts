import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/** Refuses a proof that answers another challenge; compared as text, so an empty expectation matches nothing. */
export const checkChallenge = (name: string): Check<Ceremony> =>
  clause(name, ({ clientData, expected }) =>
    expected.challenge !== '' && clientData.challenge === expected.challenge ? pass : reject('challenge_mismatch'),
  );
