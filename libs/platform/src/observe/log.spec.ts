import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refuse } from '@countersign/kernel';
import { createLog, type LogFields, type Logger } from './log.js';

const CANARY = 'canary-7f3a';

function logged(write: (log: Logger) => void, level = 'info'): string[] {
  const lines: string[] = [];
  write(createLog(level, { write: (line) => void lines.push(line) }));
  return lines;
}

function one(fields: LogFields): Record<string, unknown> {
  const [line] = logged((log) => log.info('thing.happened', fields));
  return JSON.parse(line!) as Record<string, unknown>;
}

describe('a log line', () => {
  test('is one JSON object with time, level, event and the members of the list', () => {
    const { time, ...line } = one({ service: 'session', tenant: 't', count: 3, sequence: 12n, code: 'internal' });
    expect(line).toEqual({
      level: 30,
      event: 'thing.happened',
      service: 'session',
      tenant: 't',
      count: 3,
      sequence: 12,
      code: 'internal',
    });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  test('drops what is not on the list, and what is nested under a name that is', () => {
    const {
      time: _,
      level: __,
      ...line
    } = one({
      token: CANARY,
      password: CANARY,
      authorization: CANARY,
      body: { token: CANARY },
      tenant: { name: CANARY },
      reason: [CANARY],
      key: null,
      address: undefined,
      event: CANARY,
      time: CANARY,
      level: CANARY,
      msg: CANARY,
    });
    expect(line).toEqual({ event: 'thing.happened' });
  });

  test('is written at its level and not below the one that was set', () => {
    const all = (log: Logger): void => {
      log.info('a');
      log.warn('b');
      log.error('c');
    };
    expect(logged(all, 'warn').map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['b', 'c']);
    expect(logged(all, 'silent')).toEqual([]);
  });

  test('cannot be broken or coloured from outside', () => {
    const hostile = `a\r\n{"level":60}\u001b[31m\u0085\u2028\u2029\u009b31m\u007f`;
    const lines = logged((log) => log.warn('thing.happened', { reason: hostile }));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).toMatch(/^[\x20-\x7e]+$/);
    expect((JSON.parse(lines[0]!) as { reason: string }).reason).toContain('{"level":60}');
  });

  test('whatever comes in, one line of JSON goes out, and nothing under a name that is not listed', () => {
    const name = fc.oneof(fc.constantFrom('reason', 'tenant', 'method', 'token', '__proto__', 'toJSON'), fc.string());
    const hostile = fc.string({ unit: 'binary' });
    const value = fc.oneof(hostile, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), hostile, (entries, secret) => {
        const fields = { ...Object.fromEntries(entries), token: `${CANARY}${secret}`, nested: { reason: CANARY } };
        const lines = logged((log) => log.info('thing.happened', fields));
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^\{[^\p{Cc}\u2028\u2029]*\}\n$/u);
        expect(lines[0]).not.toContain(CANARY);
        JSON.parse(lines[0]!);
      }),
    );
  });
});

describe('an error in the log', () => {
  const errorOf = (error: unknown): Record<string, unknown> => one({ error }).error as Record<string, unknown>;

  test('is its name, its code and where it was thrown, without its text', () => {
    const error = Object.assign(new TypeError(`not ${CANARY}`), { code: 'ECONNREFUSED', detail: CANARY });
    const line = errorOf(error);
    expect(line).toMatchObject({ name: 'TypeError', code: 'ECONNREFUSED' });
    expect((line.stack as string[])[0]).toMatch(/^at .*log\.spec\.ts:\d+:\d+\)?$/);
    expect(JSON.stringify(line)).not.toContain(CANARY);
  });

  test('that is a refusal tells its code and the reason that stays in the process', () => {
    expect(errorOf(refuse('challenge_spent', { action: CANARY }, 'bucket 7'))).toEqual({
      name: 'CountersignError',
      code: 'challenge_spent',
      internal: 'bucket 7',
    });
  });

  test('that is no error tells only what kind of thing it is', () => {
    expect(errorOf(CANARY)).toEqual({ name: 'string' });
    expect(errorOf({ message: CANARY })).toEqual({ name: 'object' });
  });

  test.each([
    ['a text with lines like frames', new Error(`x\n    at ${CANARY} (file:///a.js:1:2)\n    at ${CANARY}`)],
    ['a cause', new Error('x', { cause: new Error(CANARY) })],
    ['an aggregate', new AggregateError([new Error(CANARY)], CANARY)],
    ['a name', Object.assign(new Error('x'), { name: `a ${CANARY}` })],
    ['a code that is a sentence', Object.assign(new Error('x'), { code: `no such user: ${CANARY}` })],
    ['a stack of its own', Object.assign(new Error('x'), { stack: `Error: x\n    at ${CANARY}` })],
    ['a text that was changed', Object.assign(new Error(`x\n    at ${CANARY}`), { message: 'y' })],
  ])('quotes nothing out of %s', (_, error) => expect(JSON.stringify(errorOf(error))).not.toContain(CANARY));

  test('never quotes a text, whatever its shape', () => {
    const shape = fc.constantFrom('', '\n', '\n    at ', '\n    at f (', ') (node:internal:1:2)\n', ':1:2)', '\r', '(');
    fc.assert(
      fc.property(fc.array(shape), (parts) => {
        expect(JSON.stringify(errorOf(new Error(parts.join(CANARY) + CANARY)))).not.toContain(CANARY);
      }),
    );
  });
});
