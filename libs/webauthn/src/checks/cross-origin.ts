import { clause, pass, reject, type Check } from '@countersign/kernel';
import type { Ceremony } from './ceremony.js';

/**
 * Refuses a framed page unless framing is expected (R11). Framing is allowed for named top origins only, so a browser
 * that frames without naming the top origin is refused as well, unless the caller asked for the standard's letter.
 */
export const checkCrossOrigin = (name: string): Check<Ceremony> =>
  clause(name, ({ clientData, expected }) => {
    if (!clientData.crossOrigin) return pass;
    if (expected.topOrigins.length === 0) return reject('cross_origin_not_allowed', { framing: 'not expected' });
    const named = clientData.topOrigin !== undefined || expected.unnamedFrames === true;
    return named ? pass : reject('cross_origin_not_allowed', { framing: 'not named' });
  });
