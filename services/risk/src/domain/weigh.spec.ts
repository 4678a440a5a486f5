import { describe, expect, test } from '@jest/globals';
import type { Question, Signals } from '../ports.js';
import { akinTo, weigh, type Thresholds } from './weigh.js';

const QUESTION: Question = {
  tenant: '01890a5d-ac96-774b-bcce-b302099a8057',
  subject: 'p_x',
  credential: '01890a5d-ac96-774b-bcce-b302099a8058',
  platform: 'ios',
  counterReplayed: false,
};
const QUIET: Signals = { seenHere: true, seenAkin: false, personHere: true, failures: 0, signIns: 0 };
/** The defaults of libs/policy. */
const THRESHOLDS: Thresholds = { failures: { few: 1, many: 3 }, velocity: { multiple: 5, rapid: 15 } };

const named = (signals: Partial<Signals>, question: Partial<Question> = {}): Record<string, string> =>
  Object.fromEntries(
    weigh({ ...QUESTION, ...question }, { ...QUIET, ...signals }, THRESHOLDS).map((each) => [
      each.signal,
      each.outcome,
    ]),
  );

describe('what is remembered gets its name', () => {
  test.each([
    ['seen here', {}, 'known'],
    ['seen on a family akin to it', { seenHere: false, seenAkin: true, personHere: false }, 'similarOs'],
    ['the person was seen here with another credential', { seenHere: false, personHere: true }, 'similarOs'],
    ['never seen on this family', { seenHere: false, personHere: false }, 'newOs'],
  ])('NXG-6.device · %s', (_, signals, outcome) => {
    expect(named(signals)['device']).toBe(outcome);
  });

  test.each([
    [0, 'none'],
    [1, 'few'],
    [2, 'few'],
    [3, 'many'],
    [100, 'many'],
  ])('NXG-6.failures · %d in the last hour are %s', (failures, outcome) => {
    expect(named({ failures })['failures']).toBe(outcome);
  });

  test.each([
    [0, 'normal'],
    [3, 'normal'],
    [4, 'multiple'],
    [13, 'multiple'],
    [14, 'rapid'],
  ])('NXG-6.velocity · after %d sign-ins in ten minutes the next is %s', (signIns, outcome) => {
    expect(named({ signIns })['velocity']).toBe(outcome);
  });

  test('R2 · a counter that did not advance is a signal where policy says so', () => {
    expect(named({}, { counterReplayed: true })['counter']).toBe('replayed');
    expect(named({})['counter']).toBe('advanced');
  });

  test('NXG-6.device · a passkey that syncs through one keychain finds itself among kin', () => {
    expect(akinTo('ios')).toEqual(['macos']);
    expect(akinTo('macos')).toEqual(['ios']);
    expect(akinTo('windows')).toEqual([]);
  });
});
