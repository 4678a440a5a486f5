import { clause, pass, reject, type Check } from '@countersign/kernel';
import { excerpt } from '../malformed.js';
import type { Ceremony } from './ceremony.js';

/** Refuses a top origin that is not listed, or that is named although the page says it is not framed (R11). */
export const checkTopOrigin = (name: string): Check<Ceremony> =>
  clause(name, ({ clientData: { topOrigin, crossOrigin }, expected }) =>
    topOrigin === undefined || (crossOrigin && expected.topOrigins.includes(topOrigin))
      ? pass
      : reject('cross_origin_not_allowed', { topOrigin: excerpt(topOrigin) }),
  );
