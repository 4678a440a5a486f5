import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  CALM,
  HostProcess,
  createBank,
  createCustomer,
  eventually,
  say,
  twin,
  type Bank,
  type Customer,
} from '../src/index.js';
import { HttpProblem, type Json } from '@countersign/standalone';

const LIMIT_MS = 180_000;
const AT_ONCE = 16;

interface House {
  bank: Bank;
  customer: Customer;
}

let host: HostProcess;
let database: AdminDatabase;
/** One bank lets people in while the risk cannot be judged, the other does not. */
let open: House;
let strict: House;

beforeAll(async () => {
  host = await HostProcess.start({ shape: 'services', replicas: 2 });
  database = new AdminDatabase(host);
  open = await house({ signIn: 'allow', stepUp: 'allow' });
  strict = await house({ signIn: 'block', stepUp: 'block' });
}, 120_000);

afterAll(async () => {
  await database?.close();
  await host?.stop();
}, 60_000);

async function house(whenAbsent: object): Promise<House> {
  const bank = await createBank(host, { risk: { ...CALM, whenAbsent } });
  return { bank, customer: await createCustomer(host, bank) };
}

describe('services that were killed', () => {
  test(
    'BCB-13.policy · without the risk service a sign-in ends as the policy says, and so again with it',
    async () => {
      host.killService('risk');
      const { session } = await open.customer.browser.signIn();
      expect(await riskOf(session as Json)).toBe('ABSENT');
      await expect(strict.customer.browser.signIn()).rejects.toMatchObject({ code: 'authentication_failed' });
      await host.restartService('risk');
      await eventually('a sign-in judged again', () => strict.customer.browser.signIn().catch(() => undefined));
    },
    LIMIT_MS,
  );

  test(
    'R32 · people sign in while the control plane is down, also through services that start meanwhile',
    async () => {
      host.killService('tenant');
      await open.customer.browser.signIn();
      for (const service of ['verification', 'session', 'enrollment'] as const) {
        host.killService(service);
        await host.restartService(service);
      }
      await eventually('a sign-in through new processes', () => open.customer.browser.signIn().catch(() => undefined));
      expect(await open.customer.browser.signIn()).toMatchObject({ subject: open.customer.subject });
      await host.restartService('tenant');
    },
    LIMIT_MS,
  );

  test(
    'R23 R26 · people sign in while audit is down, and the log has every sign-in later, once',
    async () => {
      host.killService('audit');
      const sessions: string[] = [];
      for (let n = 0; n < 20; n++) sessions.push(idOf(await open.customer.browser.signIn()));
      expect(await leavesOf(sessions)).toBe(0);
      await host.restartService('audit');
      await eventually(
        'every sign-in in the log',
        async () => (await leavesOf(sessions)) >= sessions.length || undefined,
      );
      expect(await leavesOf(sessions)).toBe(sessions.length);
    },
    LIMIT_MS,
  );

  test(
    'one of two session processes dies under load: only what it was doing is lost',
    async () => {
      const load = startLoad(open);
      await load.until(50);
      host.killService('session', 0);
      await load.until(50);
      const failed = await load.end();
      say(`${load.done()} sign-ins, ${failed.length} failed when a session process was killed`);
      expect(failed.length).toBeLessThanOrEqual(AT_ONCE);
      expect(failed.filter((error) => error instanceof HttpProblem && error.status === 503)).toHaveLength(
        failed.length,
      );
      for (let n = 0; n < 10; n++) await open.customer.browser.signIn();
      await host.restartService('session', 0);
      for (let n = 0; n < 10; n++) await open.customer.browser.signIn();
    },
    LIMIT_MS,
  );
});

const idOf = ({ session }: Json): string => (session as { id: string }).id;

/** Level of the risk in the event that opened a session. */
async function riskOf(session: Json): Promise<unknown> {
  const [row] = await database.rows<{ leaf: string }>(
    `select convert_from(leaf, 'UTF8') as leaf from session.outbox
      where type = 'session.established' and position($1 in convert_from(leaf, 'UTF8')) > 0`,
    [String(session.id)],
  );
  return (JSON.stringify(JSON.parse(row!.leaf)).match(/"level":"([A-Z]+)"/) ?? [])[1];
}

const leavesOf = (sessions: readonly string[]): Promise<number> =>
  database.count(`select count(*) as n from audit.leaf where type = 'session.established' and session = any ($1)`, [
    sessions,
  ]);

interface Load {
  done(): number;
  /** Resolves after so many more sign-ins. */
  until(more: number): Promise<void>;
  /** Ends it. @returns what failed */
  end(): Promise<unknown[]>;
}

/** Sign-ins at both gateways, always so many at once. */
function startLoad({ customer }: House): Load {
  const failed: unknown[] = [];
  let done = 0;
  let ending = false;
  const place = async (index: number): Promise<void> => {
    while (!ending) {
      await twin(customer.browser, host.urls[index % host.urls.length]!)
        .signIn()
        .then(
          () => done++,
          (error: unknown) => failed.push(error),
        );
    }
  };
  const places = Promise.all(Array.from({ length: AT_ONCE }, (_, index) => place(index)));
  return {
    done: () => done,
    until: async (more) => {
      const target = done + more;
      await eventually(`${more} sign-ins`, () => Promise.resolve(done >= target || undefined));
    },
    end: async () => {
      ending = true;
      await places;
      return failed;
    },
  };
}
