import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { edgeFor, enrollment } from '@countersign/contracts';
import { CODES, refuse, type Code, type CountersignError } from '@countersign/kernel';
import fc from 'fast-check';
import { rpcClient, type Call, type CallMeta } from '../src/index.js';
import {
  CHALLENGE,
  SHAPES,
  asking,
  call,
  challengeService,
  clientOf,
  dispatcherOf,
  echo,
  gate,
  refusalOf,
  type Shape,
} from './house.js';

const OUTER = { suspend: enrollment.EnrollmentServiceService.suspend };
const SUSPEND = enrollment.SuspendRequest.fromPartial({});

const DETAILS = {
  attemptsRemaining: 2,
  retryAfter: 3,
  errors: [{ path: 'parameters.Überweisung €', message: 'ist unbekannt 🙈\r\n' }],
  action: 'payee.add',
};

/** On the wire a deadline is the time that is left, so the way there puts it off: by no more than the whole call took. */
function expectHandedOn(deadline: number, { deadline: given }: CallMeta, begun: number): void {
  expect(deadline).toBeGreaterThanOrEqual(given);
  expect(deadline - given).toBeLessThanOrEqual(Date.now() - begun + 1);
}

describe.each(SHAPES)('a call %s', (_, open) => {
  let shape: Shape;
  beforeEach(async () => {
    shape = await open();
  });
  afterEach(() => shape.close());

  test('BCB-9.allowlist · a listed caller is answered, and the handler sees who it is', async () => {
    const seen: Call[] = [];
    const { dispatcher } = challengeService((request, incoming) => {
      seen.push(incoming);
      return echo(request);
    });
    await shape.serve('challenge', dispatcher);
    const [begun, meta] = [Date.now(), call()];
    const { seal } = await clientOf(shape, 'verification').issue(asking('someone'), meta);
    expect(seal.toString()).toBe('someone');
    expect(seen).toEqual([
      { method: CHALLENGE.issue.path, caller: 'verification', requestId: meta.requestId, deadline: expect.any(Number) },
    ]);
    expectHandedOn(seen[0]!.deadline, meta, begun);
  });

  test('BCB-9.allowlist · every service that is not listed is refused before the handler, and recorded', async () => {
    const { dispatcher, noted } = challengeService(() => Promise.reject(new Error('the handler was reached')));
    await shape.serve('challenge', dispatcher);
    const strangers = (['gateway', 'risk', 'session', 'tenant'] as const).filter(
      (name) => edgeFor(name, 'challenge', 'Issue') === undefined,
    );
    expect(strangers).toHaveLength(4);
    for (const stranger of strangers) {
      const meta = call();
      expect(await refusalOf(clientOf(shape, stranger).issue(asking('someone'), meta))).toMatchObject({
        code: 'call_refused',
      });
      expect(noted.refused.at(-1)).toEqual({
        caller: stranger,
        path: CHALLENGE.issue.path,
        requestId: meta.requestId,
        code: 'call_refused',
      });
    }
    expect(noted.refused).toHaveLength(strangers.length);
  });

  test('every code arrives with its details, in any script', async () => {
    const codes = Object.keys(CODES) as Code[];
    const { dispatcher } = challengeService(({ subject }) =>
      Promise.reject(refuse(subject as Code, DETAILS, 'stays here')),
    );
    await shape.serve('challenge', dispatcher);
    const client = clientOf(shape, 'verification');
    for (const code of codes) {
      const refusal = (await refusalOf(client.issue(asking(code), call()))) as CountersignError;
      // What went wrong inside has no details.
      expect([refusal.code, refusal.details]).toEqual([code, code === 'internal' ? {} : DETAILS]);
      expect(refusal.kind).toBe(CODES[code].kind);
      expect(refusal.internal ?? '').not.toContain('stays here');
    }
  });

  test('an unexpected error is internal: its text is withheld from caller and log', async () => {
    const { dispatcher, noted } = challengeService(() => Promise.reject(new Error('canary-51')));
    await shape.serve('challenge', dispatcher);
    const refusal = await refusalOf(clientOf(shape, 'verification').issue(asking('someone'), call()));
    expect(refusal).toMatchObject({ code: 'internal', details: {} });
    expect(JSON.stringify([refusal, String(refusal)])).not.toContain('canary-51');
    expect(noted.lines.join()).toContain('rpc.failed');
    expect(noted.lines.join()).not.toContain('canary-51');
  });

  test('errors are counted by service, method and code', async () => {
    const { dispatcher, noted } = challengeService(() => Promise.reject(refuse('challenge_spent')));
    await shape.serve('challenge', dispatcher);
    await refusalOf(clientOf(shape, 'verification').issue(asking('a'), call()));
    await refusalOf(clientOf(shape, 'gateway').issue(asking('a'), call()));
    const { values } = await noted.metrics.rpcErrors.get();
    const method = CHALLENGE.issue.path;
    expect(values).toEqual([
      { labels: { service: 'challenge', method, code: 'challenge_spent' }, value: 1 },
      { labels: { service: 'challenge', method, code: 'call_refused' }, value: 1 },
    ]);
  });

  test('bytes that are no message are refused as request_invalid, whatever they are', async () => {
    const { dispatcher, noted } = challengeService(echo);
    await shape.serve('challenge', dispatcher);
    const channel = shape.channel('verification', 'challenge');
    const send = (body: Uint8Array) => channel.send({ path: CHALLENGE.issue.path, ...call(), body: Buffer.from(body) });
    expect(await refusalOf(send(Buffer.from([0x0a, 0xff])))).toMatchObject({ code: 'request_invalid' });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (body) => {
        const code = await send(body).then(
          () => 'answered',
          (error: unknown) => (error as CountersignError).code,
        );
        expect(['answered', 'request_invalid']).toContain(code);
      }),
    );
    expect(noted.lines).toEqual([]);
  });

  test('a message over 1 MiB is refused as request_too_large, and the next one is answered', async () => {
    const { dispatcher } = challengeService(echo);
    await shape.serve('challenge', dispatcher);
    const client = clientOf(shape, 'verification');
    const large = asking('large', Buffer.alloc(1024 * 1024));
    expect(await refusalOf(client.issue(large, call()))).toMatchObject({ code: 'request_too_large' });
    expect((await client.issue(asking('small'), call())).seal.toString()).toBe('small');
    const almost = asking('almost', Buffer.alloc(1000 * 1024));
    expect((await client.issue(almost, call())).seal.toString()).toBe('almost');
  });

  test("an answer over 1 MiB is the service's own fault: internal", async () => {
    const { dispatcher } = challengeService(() => Promise.resolve({ seal: Buffer.alloc(1024 * 1024) }));
    await shape.serve('challenge', dispatcher);
    expect(await refusalOf(clientOf(shape, 'verification').issue(asking('a'), call()))).toMatchObject({
      code: 'internal',
    });
  });

  test('details of any size neither crash the service nor break the other calls of the connection', async () => {
    const errors = Array.from({ length: 3_000 }, (__, index) => ({ path: `${index}`.padEnd(100, 'é'), message: 'no' }));
    const { open: go, passed } = gate();
    const { dispatcher } = challengeService(async (request) => {
      if (request.subject === 'large') throw refuse('request_invalid', { errors });
      await passed;
      return echo(request);
    });
    await shape.serve('challenge', dispatcher);
    const client = clientOf(shape, 'verification');
    const beside = client.issue(asking('beside'), call());
    const refusal = await refusalOf(client.issue(asking('large'), call()));
    go();
    expect(refusal.code).toBe('request_invalid');
    expect((refusal.details as { errors: unknown[] }).errors[0]).toEqual(errors[0]);
    expect((await beside).seal.toString()).toBe('beside');
  });

  describe('deadline', () => {
    test('is absolute and travels: a service that calls on with it hands on what is left', async () => {
      const seen: number[] = [];
      const { dispatcher: inner } = challengeService((request, incoming) => {
        seen.push(incoming.deadline);
        return echo(request);
      });
      await shape.serve('challenge', inner);
      const { dispatcher: outer } = dispatcherOf('enrollment', OUTER, {
        suspend: async (__: unknown, incoming: Call) => {
          seen.push(incoming.deadline);
          await clientOf(shape, 'enrollment').issue(asking('inner'), incoming);
          return {};
        },
      });
      await shape.serve('enrollment', outer);
      const [begun, meta] = [Date.now(), call(4_000)];
      await rpcClient(OUTER, shape.channel('verification', 'enrollment')).suspend(SUSPEND, meta);
      expect(seen).toHaveLength(2);
      for (const deadline of seen) expectHandedOn(deadline, meta, begun);
    });

    test('that passes while the handler works is deadline_exceeded, and the handler may end later', async () => {
      const { open: go, passed } = gate();
      const { dispatcher } = challengeService(async (request) => {
        await passed;
        return echo(request);
      });
      const server = await shape.serve('challenge', dispatcher);
      const client = clientOf(shape, 'verification');
      expect(await refusalOf(client.issue(asking('slow'), call(150)))).toMatchObject({ code: 'deadline_exceeded' });
      go();
      await server.close();
    });

    test('that has passed is refused without a call', async () => {
      let reached = false;
      const { dispatcher } = challengeService((request) => {
        reached = true;
        return echo(request);
      });
      await shape.serve('challenge', dispatcher);
      const client = clientOf(shape, 'verification');
      expect(await refusalOf(client.issue(asking('late'), call(-1)))).toMatchObject({ code: 'deadline_exceeded' });
      expect(reached).toBe(false);
    });
  });

  test('a service that is not there is unavailable, and says when to try again', async () => {
    const refusal = await refusalOf(clientOf(shape, 'verification').issue(asking('a'), call()));
    expect(refusal).toMatchObject({ code: 'unavailable', details: { retryAfter: 1 } });
  });

  test('closing answers what was accepted, then refuses as unavailable', async () => {
    const { open: go, passed } = gate();
    const { open: reached, passed: inHandler } = gate();
    const { dispatcher } = challengeService(async (request) => {
      reached();
      await passed;
      return echo(request);
    });
    const server = await shape.serve('challenge', dispatcher);
    const client = clientOf(shape, 'verification');
    const accepted = client.issue(asking('accepted'), call());
    await inHandler;
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    expect(await refusalOf(client.issue(asking('late'), call()))).toMatchObject({ code: 'unavailable' });
    expect(closed).toBe(false);
    go();
    expect((await accepted).seal.toString()).toBe('accepted');
    await closing;
  });

  test('a dispatcher does not start with a method that nobody handles', () => {
    const { dispatcher } = challengeService(echo);
    expect(dispatcher.paths().sort()).toEqual([CHALLENGE.issue.path, CHALLENGE.redeem.path]);
    const nobody = () => challengeService(echo, { handlers: new Map() });
    expect(nobody).toThrow(`challenge has no handler for ${CHALLENGE.issue.path}`);
  });
});
