import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  CANARY,
  CANARY_ADDRESS,
  createBank,
  createCustomer,
  eventually,
  grantFor,
  HostProcess,
  invite,
  leaksIn,
  metricsOf,
  named,
  operationsOf,
  OtlpReceiver,
  poisonedCall,
  POISONED_HEADERS,
  recorded,
  refusedWith,
  sendFrom,
  serverToken,
  type Bank,
  type Customer,
  type Json,
  type Span,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';

// An installation of its own, whose traces, logs and rows are all this file's.
let receiver: OtlpReceiver;
let host: HostProcess;
let database: AdminDatabase;
let bank: Bank;
let customer: Customer;
/** Secrets that were really handed out. */
const secrets: string[] = [];
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  host = await HostProcess.start({ env: { COUNTERSIGN_OTLP_ENDPOINT: receiver.endpoint } });
  database = new AdminDatabase(host);
  bank = await createBank(host);
  customer = await createCustomer(host, bank);
  await customer.browser.signIn();
}, 180_000);
afterAll(async () => {
  await database.close();
  await host.stop();
  await receiver.close();
}, 60_000);

const services = (): number => (host.options.shape === 'services' ? 8 : 1);
const metricsText = async (): Promise<string> => (await metricsOf(host)).join('\n');

/** What a Prometheus counter stands at, summed over all processes. */
async function counter(name: string, labels: Record<string, string>): Promise<number> {
  const lines = (await metricsText()).split('\n').filter((line) => line.startsWith(`${name}{`));
  const fitting = lines.filter((line) =>
    Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
  );
  return fitting.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('one request is one trace', () => {
  /** The trace of the newest request that led to a call of a method, once all of it has arrived. */
  const traceOf = (method: string, whole: (spans: Span[]) => boolean): Promise<Span[]> =>
    eventually(`a whole trace with ${method}`, async () =>
      receiver.tracesOf(({ attributes }) => attributes['rpc.method']?.endsWith(`/${method}`) === true).find(whole),
    );
  const servicesOf = (spans: Span[]): string[] =>
    [
      ...new Set(
        spans.flatMap(({ name, attributes }) =>
          attributes['service.name'] && name.startsWith(attributes['service.name']) ? [attributes['service.name']] : [],
        ),
      ),
    ].sort();
  const isHttp = ({ scope }: Span): boolean => scope.endsWith('instrumentation-http');
  const isSql = ({ scope }: Span): boolean => scope.endsWith('instrumentation-pg');

  /** Every span hangs on one root, the HTTP request. */
  function isOneTree(spans: Span[]): boolean {
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId));
    return roots.length === 1 && isHttp(roots[0]!);
  }

  const reaches =
    (...wanted: string[]) =>
    (spans: Span[]): boolean =>
      isOneTree(spans) && spans.some(isSql) && wanted.every((service) => servicesOf(spans).includes(service));

  test('BCB-12.traces · sign-in options, sign-in, step-up and history: each one tree over all services it touches, with its SQL', async () => {
    const { browser } = customer;
    await browser.request('POST', '/passkey/authenticate/options', { userName: customer.userName });
    await browser.signIn();
    await grantFor(browser, 'payee.add');
    await browser.request('GET', '/auth/activity');
    await traceOf('BeginAuthentication', reaches('verification', 'enrollment', 'challenge'));
    const login = await traceOf(
      'CompleteAuthentication',
      reaches('verification', 'challenge', 'enrollment', 'risk', 'session'),
    );
    await traceOf('CompleteStepUp', reaches('session', 'verification', 'challenge', 'enrollment', 'risk'));
    await traceOf('Activity', reaches('session', 'audit'));
    const processes = new Set(login.map(({ pid }) => pid));
    expect(processes.size).toBe(services() === 1 ? 1 : 6);
    const sql = login
      .filter(isSql)
      .map(({ attributes }) => attributes['db.statement'] ?? attributes['db.query.text'] ?? '');
    expect(sql.some((text) => /session_/.test(text))).toBe(true);
  }, 60_000);
});

describe('ceremonies are counted', () => {
  test('BCB-12.metrics · started, succeeded, refused by code, and how long judging took', async () => {
    const count = async () => ({
      started: await counter('countersign_ceremonies_started_total', { ceremony: 'authentication' }),
      succeeded: await counter('countersign_ceremonies_succeeded_total', { ceremony: 'authentication' }),
      refused: await counter('countersign_ceremonies_refused_total', {
        ceremony: 'authentication',
        code: 'origin_not_allowed',
      }),
      timed: await counter('countersign_ceremony_duration_seconds_count', { ceremony: 'authentication' }),
    });
    const before = await count();
    const { browser } = customer;
    await browser.signIn();
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const forged = browser.authenticator.authenticate(options as never, { origin: 'https://evil.example' });
    await refusedWith(
      browser.request('POST', '/passkey/authenticate/verify', { credential: forged as unknown as Json }),
    );
    const { started, succeeded, refused, timed } = before;
    expect(await count()).toEqual({
      started: started + 2,
      succeeded: succeeded + 1,
      refused: refused + 1,
      timed: timed + 2,
    });
    for (const ceremony of ['registration', 'step_up']) {
      expect(await counter('countersign_ceremonies_succeeded_total', { ceremony })).toBeGreaterThan(0);
    }
  });
});

describe('canaries', () => {
  const answers: string[] = [];

  beforeAll(async () => {
    const operations = await operationsOf(host, named(bank.web));
    expect(operations.length).toBeGreaterThan(25);
    const server = await serverToken(host, bank);
    secrets.push(server, bank.server.secret, ...Object.values(headersOf(customer.browser)).slice(2));
    const kinds = [
      named(bank.web),
      { authorization: `Bearer ${server}` },
      headersOf(customer.browser),
      { authorization: `Bearer ${CANARY}.token.x` },
      named(`${CANARY}-client`),
    ];
    for (const operation of operations.filter(({ operationId }) => !operationId.startsWith('signOut'))) {
      for (const headers of kinds) {
        const { status, text } = await poisonedCall(host.urls[0]!, operation, headers);
        if (status >= 400) answers.push(text);
      }
    }
    await realJourney();
    await recorded(bank, { type: 'credential.renamed' });
    await eventually('all events', async () => ((await unsent()) === 0 ? true : undefined));
  }, 120_000);

  /** A whole life of a person whose every word is a canary. */
  async function realJourney(): Promise<void> {
    const { id } = await bank.sdk.createSubject({ reference: `${CANARY}-reference`, displayName: `${CANARY} Name` });
    const { ticket, pin } = await bank.sdk.issueTicket(id, { pin: true });
    const browser = new Browser(host.urls[0]!, bank.web, 'https://bank.example');
    await browser.openTicket(ticket, pin);
    secrets.push(ticket, browser.cookies.get('countersign-enrollment')!);
    await browser.register(`${CANARY} device`);
    const options = await browser.request('POST', '/passkey/authenticate/options', { userName: `${CANARY}-reference` });
    const credential = browser.assert(options) as { response: { signature: string } } & Json;
    secrets.push(String(options.challenge), credential.response.signature);
    const signedIn = await sendFrom(
      `${host.urls[0]}/v1/passkey/authenticate/verify`,
      'POST',
      { ...POISONED_HEADERS, ...headersOf(browser), 'content-type': 'application/json' },
      JSON.stringify({ credential }),
    );
    expect(signedIn.status).toBe(200);
    const { device } = (await browser.signIn()) as { device: string };
    secrets.push(browser.cookies.get('countersign')!, browser.csrf!, await grantFor(browser, 'payee.add'));
    secrets.push(String((await browser.request('POST', '/auth/session/token', {})).accessToken));
    await browser.request('PATCH', `/auth/devices/${device}`, { name: `${CANARY} renamed` });
    const app = (await invite(host, bank, bank.native)).browser;
    secrets.push(app.enrollmentToken!);
    await app.register('App');
    await app.signIn();
    secrets.push(app.accessToken!, app.refreshToken!);
  }

  const unsent = async (): Promise<number> => {
    const counts = await Promise.all(
      ['gateway', 'tenant', 'enrollment', 'challenge', 'verification', 'risk', 'session', 'audit'].map((schema) =>
        database.count(`select count(*) as n from ${schema}.outbox where sent_at is null`),
      ),
    );
    return counts.reduce((sum, n) => sum + n, 0);
  };

  test('BCB-10.logs RNB-7.logs · no secret and nothing personal in a log line', () => {
    const log = readFileSync(host.info.logFile, 'utf8');
    expect(log.length).toBeGreaterThan(100);
    expect(leaksIn(log, addressed(secrets))).toEqual([]);
  });

  test('BCB-10.logs · nor in a trace, nor in a metric', async () => {
    await eventually('traces', async () =>
      receiver.tracesOf(({ attributes }) => attributes['rpc.method']?.endsWith('/RenameCredential') === true).length > 0
        ? true
        : undefined,
    );
    expect(leaksIn(receiver.bodies.join('\n'), addressed(secrets))).toEqual([]);
    expect(leaksIn(await metricsText(), addressed(secrets))).toEqual([]);
  });

  test('BCB-10.logs · nor in an answer that refuses', () => {
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.flatMap((answer) => leaksIn(answer, secrets))).toEqual([]);
  });

  test('BCB-10.logs · nor in an event, in any outbox, on the bus or in the log', async () => {
    expect(
      await leaksOfTables(({ table }) =>
        ['outbox', 'outbox_other', 'message', 'leaf', 'details', 'quarantine'].includes(table),
      ),
    ).toEqual([]);
  });

  test('BCB-10.sealed · nor anywhere in the database', async () => {
    expect(await leaksOfTables(() => true)).toEqual([]);
  }, 60_000);

  /** Every row of the tables, as text; bytes are hexadecimal in it, so secrets are sought in that form too. */
  async function leaksOfTables(chosen: (of: { schema: string; table: string }) => boolean): Promise<string[]> {
    const tables = await database.rows<{ schema: string; table: string }>(
      `select schemaname as schema, tablename as table from pg_tables where schemaname !~ '^(pg_|information_schema|public)'`,
    );
    const hex = secrets.map((secret) => Buffer.from(secret).toString('hex'));
    const found: string[] = [];
    for (const { schema, table } of tables.filter(chosen)) {
      const rows = await database.rows<{ row: string }>(`select t::text as row from ${schema}.${table} t`);
      found.push(
        ...rows.flatMap(({ row }) =>
          leaksIn(row, addressed([...secrets, ...hex])).map((leak) => `${schema}.${table}: ${leak}`),
        ),
      );
    }
    return found;
  }
});

const addressed = (of: readonly string[]): string[] => [
  ...of,
  '203.0.113.77',
  ...(CANARY_ADDRESS ? [CANARY_ADDRESS] : []),
];

function headersOf({ clientId, origin, csrf, cookies }: Browser): Record<string, string> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { ...named(clientId), origin, ...(csrf ? { 'countersign-csrf': csrf } : {}), ...(cookie ? { cookie } : {}) };
}
