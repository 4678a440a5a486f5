import { describe, expect, test } from '@jest/globals';
import { CountersignProblem } from '@countersign/sdk-web';
import { BankProblem } from '../src/bank-problem.js';
import { messageFor } from '../src/problem-messages.js';

const problem = (code: string, status: number, details = {}): CountersignProblem =>
  new CountersignProblem(code, 'The title of the code.', status, details);

describe('messageFor', () => {
  test('says how long to wait when there were too many attempts', () => {
    expect(messageFor(problem('rate_limited', 429, { retryAfter: 20 }))).toContain('20 seconds');
    expect(messageFor(problem('rate_limited', 429, { retryAfter: 200 }))).toContain('4 minutes');
    expect(messageFor(problem('rate_limited', 429))).toContain('a moment');
  });

  test('tells of a passkey that was removed, whatever the code', () => {
    const signals = { unknownCredential: { rpId: 'localhost', credentialId: 'AA' } };
    const error = problem('authentication_failed', 401, { signals });
    expect(messageFor(error)).toContain('does not know this passkey');
  });

  test('says that a passkey is not strong enough where that is what is wrong with it', () => {
    const error = problem('authentication_failed', 401, { requirements: ['device_bound'] });
    expect(messageFor(error)).toContain('not strong enough');
  });

  test('gives the title and the reference of a code it has no words for', () => {
    expect(messageFor(problem('brand_new', 400, { requestId: 'r-7' }))).toBe('The title of the code. (Reference: r-7)');
  });

  test('withholds what an unexpected error says', () => {
    expect(messageFor(new TypeError('x is not a function'))).not.toContain('function');
  });

  test.each([
    [new BankProblem('user_name_taken', 409), 'taken'],
    [new BankProblem('brand_new', 503), 'few minutes'],
    [new BankProblem('brand_new', 400), 'try again'],
  ])('has words for the bank’s own refusals', (error, words) => {
    expect(messageFor(error)).toContain(words);
  });
});
