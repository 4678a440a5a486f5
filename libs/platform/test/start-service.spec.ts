import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, type DynamicModule } from '@nestjs/common';
import { z } from 'zod';
import type { challenge } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import {
  Health,
  InProcessNetwork,
  Rpc,
  ServiceMetrics,
  combinedHealth,
  createLog,
  describeService,
  rpcClient,
  startAdminServer,
  startService,
  type Call,
  type ServiceRuntime,
  type StartedService,
} from '../src/index.js';
import { CHALLENGE, asking, call, gate, refusalOf } from './house.js';

const lines: string[] = [];
const log = createLog('info', { write: (line) => void lines.push(line) });

let work: (request: challenge.IssueRequest, incoming: Call) => Promise<challenge.IssueResponse>;

@Controller()
class Handlers {
  @Rpc(CHALLENGE.issue)
  issue(request: challenge.IssueRequest, incoming: Call): Promise<challenge.IssueResponse> {
    return work(request, incoming);
  }

  @Rpc(CHALLENGE.redeem)
  redeem(): Promise<never> {
    return Promise.reject(refuse('challenge_spent'));
  }
}

const handlers = (): DynamicModule => ({ module: class House {}, controllers: [Handlers] });
const started: StartedService[] = [];
afterEach(async () => {
  for (const service of started.splice(0)) await service.stop().catch(() => undefined);
  lines.length = 0;
});

/** Starts a challenge service whose wiring is the test's. */
async function start(
  wire: (runtime: ServiceRuntime) => DynamicModule | Promise<DynamicModule>,
  network = new InProcessNetwork(),
): Promise<{ service: StartedService; client: ReturnType<typeof clientOn> }> {
  const descriptor = describeService({
    name: 'challenge',
    settings: z.strictObject({}),
    definitions: [CHALLENGE],
    module: async (runtime) => wire(runtime),
  });
  const service = await startService(descriptor, {}, { network, log });
  started.push(service);
  return { service, client: clientOn(network) };
}
const clientOn = (network: InProcessNetwork) => rpcClient(CHALLENGE, network.channel('verification', 'challenge'));

describe('a service that starts', () => {
  test('answers through its Nest controllers, with the request as it was sent and the call beside it', async () => {
    const seen: unknown[] = [];
    work = (request, incoming) => {
      seen.push(request.subject, incoming.caller);
      return Promise.resolve({ seal: Buffer.from('seal') });
    };
    const { client } = await start(handlers);
    expect((await client.issue(asking('someone'), call())).seal.toString()).toBe('seal');
    expect(seen).toEqual(['someone', 'verification']);
    const spent = client.redeem(
      { tenant: '', purpose: asking('').purpose, clientId: '', seal: Buffer.alloc(0) },
      call(),
    );
    expect(await refusalOf(spent)).toMatchObject({ code: 'challenge_spent' });
  });

  test('and fails has closed what it had opened, last first, and tells the first reason', async () => {
    const closed: string[] = [];
    const wiring = start((runtime) => {
      runtime.onStop(() => void closed.push('pool'));
      runtime.onStop(() => Promise.reject(new Error('the relay hangs')));
      runtime.onStop(() => void closed.push('bus'));
      throw new Error('no such table');
    });
    await expect(wiring).rejects.toThrow('no such table');
    expect(closed).toEqual(['bus', 'pool']);
    expect(lines.join()).toContain('service.stop_failed');
  });

  test('without a handler for a method of its contract does not start, and leaves nothing open', async () => {
    const closed: string[] = [];
    const wiring = start((runtime) => {
      runtime.onStop(() => void closed.push('pool'));
      return { module: class Empty {} };
    });
    await expect(wiring).rejects.toThrow('challenge has no handler for');
    expect(closed).toEqual(['pool']);
  });
});

describe('a service that stops', () => {
  test('drains, answers what it accepted, then closes in reverse order, each once', async () => {
    const order: string[] = [];
    const [accepted, release] = [gate(), gate()];
    work = async () => {
      accepted.open();
      await release.passed;
      order.push('answered');
      return { seal: Buffer.from('late') };
    };
    const { service, client } = await start((runtime) => {
      for (const each of ['pool', 'relay', 'bus']) runtime.onStop(() => void order.push(each));
      return handlers();
    });
    const answer = client.issue(asking('a'), call());
    await accepted.passed;
    expect(service.health.ready()).toBe(true);
    const stopping = [service.stop(), service.stop()];
    expect(service.health.failing()).toEqual(['draining']);
    expect(await refusalOf(client.issue(asking('b'), call()))).toMatchObject({ code: 'unavailable' });
    release.open();
    expect((await answer).seal.toString()).toBe('late');
    await Promise.all(stopping);
    expect(order).toEqual(['answered', 'bus', 'relay', 'pool']);
  });

  test('closes the rest when one part fails, and says which service it was', async () => {
    const closed: string[] = [];
    const { service } = await start((runtime) => {
      runtime.onStop(() => void closed.push('pool'));
      runtime.onStop(() => Promise.reject(new Error('canary-12')));
      return handlers();
    });
    await expect(service.stop()).rejects.toThrow('canary-12');
    expect(closed).toEqual(['pool']);
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ event: 'service.stop_failed', service: 'challenge' }),
    );
    expect(lines.join()).not.toContain('canary-12');
  });

  test('a refused caller is in the log by name, method and code', async () => {
    const network = new InProcessNetwork();
    await start(handlers, network);
    const gateway = rpcClient(CHALLENGE, network.channel('gateway', 'challenge'));
    await refusalOf(gateway.issue(asking('canary-13'), call()));
    expect(JSON.parse(lines[0]!)).toMatchObject({
      event: 'call.refused',
      service: 'challenge',
      reason: 'gateway',
      method: CHALLENGE.issue.path,
      code: 'call_refused',
    });
    expect(lines.join()).not.toContain('canary-13');
  });
});

describe('health', () => {
  test('is ready when every condition holds and it is not draining', () => {
    const health = new Health();
    let held = false;
    health.require('snapshots', () => held);
    expect([health.ready(), health.failing()]).toEqual([false, ['snapshots']]);
    held = true;
    expect(health.ready()).toBe(true);
    health.drain();
    expect(health.failing()).toEqual(['draining']);
  });

  test('of one process with several services names the service', () => {
    const [session, risk] = [new Health(), new Health()];
    const combined = combinedHealth(() => [
      { name: 'session', health: session },
      { name: 'risk', health: risk },
    ]);
    expect(combined.ready()).toBe(true);
    risk.require('snapshots', () => false);
    session.drain();
    expect([combined.ready(), combined.failing()]).toEqual([false, ['session.draining', 'risk.snapshots']]);
  });
});

describe("the operators' listener", () => {
  test('tells life, readiness with what is missing, and metrics; anything else is 404', async () => {
    const [health, metrics] = [new Health(), new ServiceMetrics()];
    let held = false;
    health.require('snapshots', () => held);
    const admin = await startAdminServer('127.0.0.1:0', health, metrics);
    const get = async (path: string, method = 'GET'): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${admin.port}${path}`, { method });
      return [response.status, await response.text()];
    };
    try {
      expect(await get('/healthz')).toEqual([200, '{"status":"ok"}']);
      expect(await get('/readyz')).toEqual([503, '{"status":"not ready","failing":["snapshots"]}']);
      held = true;
      expect(await get('/readyz')).toEqual([200, '{"status":"ready","failing":[]}']);
      metrics.ceremoniesStarted.inc({ ceremony: 'registration' });
      const [status, text] = await get('/metrics');
      expect([status, text]).toEqual([
        200,
        expect.stringContaining('ceremonies_started_total{ceremony="registration"} 1'),
      ]);
      for (const path of ['/', '/metrics/', '/healthz?x', '/..%2f']) expect((await get(path))[0]).toBe(404);
      expect((await get('/healthz', 'POST'))[0]).toBe(404);
    } finally {
      await admin.close();
    }
  });

  test('says so when its port is taken', async () => {
    const admin = await startAdminServer('127.0.0.1:0', new Health(), new ServiceMetrics());
    const second = startAdminServer(`127.0.0.1:${admin.port}`, new Health(), new ServiceMetrics());
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await admin.close();
  });
});
