import { clause, pass, reject, type Check } from '@countersign/kernel';
import { excerpt } from '../malformed.js';
import type { Ceremony } from './ceremony.js';

/** Refuses a proof made for another ceremony, `payment.get` at a sign-in included. */
export const checkType = (name: string, type: 'webauthn.create' | 'webauthn.get'): Check<Ceremony> =>
  clause(name, ({ clientData }) =>
    clientData.type === type ? pass : reject('ceremony_type_mismatch', { type: excerpt(clientData.type) }),
  );
