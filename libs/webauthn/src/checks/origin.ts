import { clause, pass, reject, type Check } from '@countersign/kernel';
import { excerpt } from '../malformed.js';
import type { Ceremony } from './ceremony.js';

/** Refuses a page that is not listed. Exact text: no subdomains, no default ports, no letter case (§13.4.9). */
export const checkOrigin = (name: string): Check<Ceremony> =>
  clause(name, ({ clientData, expected }) =>
    expected.origins.includes(clientData.origin)
      ? pass
      : reject('origin_not_allowed', { origin: excerpt(clientData.origin) }),
  );
