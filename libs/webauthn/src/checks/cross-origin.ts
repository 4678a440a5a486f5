import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/**
 * Refuses a framed page unless framing is expected (R11). Framing is allowed for named top origins only, so a browser
 * that frames without naming the top origin is refused as well.
 */
export const checkCrossOrigin = (name: string): Check<Ceremony> =>
  clause(name, ({ clientData, expected }) => {
    if (!clientData.crossOrigin) return pass;
    if (expected.topOrigins.length === 0) return reject('cross_origin_not_allowed', { framing: 'not expected' });
    return clientData.topOrigin === undefined ? reject('cross_origin_not_allowed', { framing: 'not named' }) : pass;
  });
