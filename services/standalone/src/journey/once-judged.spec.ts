import { expect, test } from '@jest/globals';
import type { LoggedEvent } from '@countersign/sdk-node';
import { HttpProblem } from './browser.js';
import { onceJudged } from './once-judged.js';

/** A step-up that is refused as often as there are codes, and then passes; the log has what was wrong each time. */
function refusedFor(told: string, ...recorded: string[]) {
  const events: LoggedEvent[] = [];
  return {
    tries: () => events.length,
    stepUp: () => {
      const code = recorded[events.length];
      if (code === undefined) return Promise.resolve('a grant');
      const requestId = `request-${events.length}`;
      events.push({ index: events.length, log: '', event: { request: requestId, code } });
      return Promise.reject(
        new HttpProblem('POST /auth/step-up/verify', 403, { code: told, requestId }, new Headers()),
      );
    },
    log: { events: () => Promise.resolve({ events }) },
  };
}

test('a step-up that risk was too late for is asked for again', async () => {
  const { stepUp, log } = refusedFor('step_up_failed', 'risk_absent', 'risk_absent');
  expect(await onceJudged(stepUp, log)).toBe('a grant');
});

test.each([
  ['the log tells another reason', 'step_up_failed', ['signature_invalid'], 1],
  ['it was refused in other words', 'session_ended', ['risk_absent'], 1],
  ['risk stays away', 'step_up_failed', Array<string>(9).fill('risk_absent'), 5],
])('a step-up is refused where %s', async (_, told, recorded, tries) => {
  const refused = refusedFor(told, ...recorded);
  await expect(onceJudged(refused.stepUp, refused.log)).rejects.toThrow(`403 ${told}`);
  expect(refused.tries()).toBe(tries);
});
