import { describe, expect, test } from '@jest/globals';
import { problemOf } from '../src/problem.js';

const answer = (status: number, body: string): Response =>
  new Response(body, { status, headers: { 'content-type': 'application/problem+json' } });

describe('problemOf', () => {
  test('keeps code, title, status and the members a page acts on', async () => {
    const document = {
      type: 'https://countersign.example/errors#step_up_required',
      title: 'This needs a fresh confirmation by the person.',
      status: 401,
      code: 'step_up_required',
      requestId: 'r-1',
      action: 'authenticator.remove',
      maxAge: 60,
    };
    const problem = await problemOf(answer(401, JSON.stringify(document)));
    expect(problem).toMatchObject({ name: 'CountersignProblem', code: 'step_up_required', status: 401 });
    expect(problem.message).toBe(document.title);
    expect(problem.details).toEqual({ requestId: 'r-1', action: 'authenticator.remove', maxAge: 60 });
  });

  test.each(['<html>Bad gateway</html>', '', '"text"', 'null', '{"code":1,"title":"x"}', '{"code":"x"}'])(
    'gives an answer that is no problem document a code of its own: %s',
    async (body) => {
      expect(await problemOf(answer(502, body))).toMatchObject({ code: 'answer_unreadable', status: 502 });
    },
  );
});
