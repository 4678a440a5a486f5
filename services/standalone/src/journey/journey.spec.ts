import { expect, test } from '@jest/globals';
import { HttpProblem } from './browser.js';
import { untilJudged } from './journey.js';

/** A step-up that is refused with these codes, one after the other, and then passes. */
function refusing(...codes: string[]): () => Promise<string> {
  return () => {
    const code = codes.shift();
    if (code === undefined) return Promise.resolve('a grant');
    return Promise.reject(new HttpProblem('POST /auth/step-up/verify', 403, { code }, new Headers()));
  };
}

test('a step-up that risk was too late for is asked for again', async () => {
  expect(await untilJudged(refusing('step_up_failed', 'step_up_failed'))).toBe('a grant');
});

test('a step-up that stays refused, or is refused for another reason, is no step-up', async () => {
  await expect(untilJudged(refusing(...Array<string>(100).fill('step_up_failed')), 100)).rejects.toThrow(
    '403 step_up_failed',
  );
  await expect(untilJudged(refusing('session_ended'))).rejects.toThrow('403 session_ended');
});
