import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresBus } from '@countersign/event-bus-postgres';
import { CommandFailed, UsageError } from '../src/cli/command.js';
import { givenReader, leafOf, SOURCE, until, type Given } from './halted.js';

let given: Given;
const leaf = leafOf();
beforeAll(async () => {
  given = await givenReader({}, postgresBus);
  const hex = Buffer.from(leaf.leaf).toString('hex');
  // The second as an earlier version would have left it, which did not know this leaf.
  await given.rows(
    `insert into audit.quarantine (topic, partition, "offset", event_id, tenant, type, reason, leaf)
     values ('${SOURCE}', 0, 7, null, null, 'a?b', 'not_leaf_v1', '\\x1b5b324a'),
            ('${SOURCE}', 0, 8, '${leaf.eventId}', '${leaf.tenant}', '${leaf.type}', 'not_leaf_v1', '\\x${hex}')`,
  );
}, 60_000);
afterAll(() => given.stop());

const quarantine = (...argv: string[]) => given.command('quarantine', ...argv);

describe('CARD-6.consumer · messages in quarantine', () => {
  test('are listed, and shown with their bytes; what would steer a terminal is hexadecimal', async () => {
    const { lines } = await quarantine('list', '--topic', SOURCE);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^ {2}challenge\/0\/7 .* not_leaf_v1 .*a\?b .*tried 0 times/);
    const { json } = await quarantine('show', `${SOURCE}/0/7`);
    expect(json).toMatchObject({
      messages: [{ place: `${SOURCE}/0/7`, reason: 'not_leaf_v1', bytes: 4, hex: '1b5b324a' }],
    });
    const shown = await quarantine('show', `${SOURCE}/0/8`);
    expect(shown.json).toMatchObject({ messages: [{ text: Buffer.from(leaf.leaf).toString() }] });
    expect(shown.lines.join('\n')).toContain(leaf.eventId);
  });

  test('are judged again: what is a leaf goes into the log, the rest stays, and exit code 1 says so', async () => {
    const { json, failed } = await quarantine('redrive', '--all', '--reason', 'not_leaf_v1');
    expect(json).toMatchObject({ tried: 2, taken: 1 });
    expect(failed).toBe(true);
    await until(async () => (await given.logged()).includes(leaf.eventId), 'it is in the log');
    expect((await quarantine('redrive', `${SOURCE}/0/8`)).json).toEqual({ tried: 0, taken: 0, messages: [] });
    expect((await quarantine('list')).json).toMatchObject({ messages: [{ place: `${SOURCE}/0/7`, tries: 1 }] });
    expect((await quarantine('list', '--all')).lines.at(-1)).toContain('in the log');
  });

  test('nonsense is refused', async () => {
    await expect(quarantine('show', 'challenge/0/99')).rejects.toBeInstanceOf(CommandFailed);
    for (const argv of [
      ['show'],
      ['show', 'x'],
      ['redrive'],
      ['redrive', 'challenge/0/8', '--all'],
      ['list', '--topic', 'x'],
    ])
      await expect(quarantine(...argv)).rejects.toBeInstanceOf(UsageError);
  });
});
