import { expect, test } from '@jest/globals';
import { Run } from './run.js';

test('what was started is stopped once, the latest first, and everyone waits for the end of it', async () => {
  const stopped: string[] = [];
  const run = new Run({ seconds: 1, parallel: 1 }, () => undefined);
  for (const name of ['database', 'server'])
    run.defer(async () => {
      await Promise.resolve();
      stopped.push(name);
    });
  const first = run.end();
  await run.end();
  expect(stopped).toEqual(['server', 'database']);
  await first;
  expect(stopped).toHaveLength(2);
});
