import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  audit,
  enrollment,
  session,
  SERVICES,
  TOPOLOGY,
  verification,
  challenge,
  tenant,
  risk,
} from '@countersign/contracts';
import {
  AdminDatabase,
  channelAs,
  createBank,
  createCustomer,
  eventually,
  forgedCall,
  refusedWith,
  sharedHost,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { rpcClient, splitPath, type RpcMethod } from '@countersign/platform';

const DEFINITIONS = {
  session: session.SessionServiceService,
  enrollment: enrollment.EnrollmentServiceService,
  verification: verification.VerificationServiceService,
  challenge: challenge.ChallengeServiceService,
  tenant: tenant.TenantServiceService,
  risk: risk.RiskServiceService,
  audit: audit.AuditServiceService,
} as const;

let host: HostProcess;
let bank: Bank;
let customer: Customer;
let database: AdminDatabase;
beforeAll(async () => {
  host = await sharedHost();
  database = new AdminDatabase(host);
  bank = await createBank(host);
  customer = await createCustomer(host, bank);
  await customer.browser.signIn();
}, 180_000);
afterAll(() => database.close());

const sessionAs = (from: 'gateway' | 'risk') => rpcClient(DEFINITIONS.session, channelAs(host, from, 'session'));
const enrollmentAs = () => rpcClient(DEFINITIONS.enrollment, channelAs(host, 'gateway', 'enrollment'));
const codeOf = async (refused: Promise<unknown>): Promise<string> =>
  refused.then(
    () => 'not refused',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** The event of a refused call, out of the platform's own log. */
const refusalOf = (request: string): Promise<Json> =>
  eventually(`call.refused of ${request}`, async () => {
    const rows = await database.rows<{ leaf: Buffer }>(
      `select leaf from audit.leaf where tenant = $1 and type = 'call.refused'`,
      [PLATFORM_TENANT],
    );
    return rows.map(({ leaf }) => JSON.parse(leaf.toString()) as Json).find((event) => event.request === request);
  });

/** What the gateway is given for one method, while the customer is really calling. */
async function callerToken(method: string): Promise<string> {
  const value = customer.browser.cookies.get('countersign')!;
  const request = {
    presented: { $case: 'cookie' as const, value },
    method,
    csrfToken: '',
    safe: true,
    origin: undefined,
    proof: undefined,
    requiredScope: '',
  };
  return (await sessionAs('gateway').check(request, forgedCall(uuidv7()))).callerToken;
}

const ESTABLISH = {
  credential: randomUUID(),
  amr: ['mfa'],
  acr: 'phr',
  authTime: 1n,
  platform: 'linux',
  policyVersion: 1,
  ceremonyStartedAt: 1n,
};

describe('whoever took over the gateway', () => {
  test('R28 BCB-9.gateway · cannot establish, raise or end a session, or mint a grant', async () => {
    const gateway = sessionAs('gateway');
    const about = {
      tenant: bank.tenant,
      subject: customer.subject,
      pseudonym: 'p_x',
      clientId: bank.web,
      ...ESTABLISH,
      risk: undefined,
      jkt: '',
      details: undefined,
    };
    const elevating = session.ElevateRequest.fromPartial({
      tenant: bank.tenant,
      session: randomUUID(),
      credential: randomUUID(),
    });
    const proving = session.CheckProofRequest.fromPartial({ tenant: bank.tenant, clientId: bank.native });
    const granting = session.GrantRequest.fromPartial({ tenant: bank.tenant, session: randomUUID() });
    const attempts = [
      ['CheckProof', (id: string) => gateway.checkProof(proving, forgedCall(id))],
      ['Establish', (id: string) => gateway.establish(about, forgedCall(id))],
      ['Elevate', (id: string) => gateway.elevate(elevating, forgedCall(id))],
      ['Grant', (id: string) => gateway.grant(granting, forgedCall(id))],
      [
        'EndDevice',
        (id: string) =>
          gateway.endDevice({ tenant: bank.tenant, credential: randomUUID(), reason: 'revoked' }, forgedCall(id)),
      ],
    ] as const;
    for (const [method, attempt] of attempts) {
      const id = uuidv7();
      expect(await codeOf(attempt(id))).toBe('call_refused');
      const facts = { caller: 'gateway', method: `/countersign.session.v1.SessionService/${method}` };
      expect(await refusalOf(id)).toMatchObject({ outcome: 'refused', code: 'call_refused', source: 'session', facts });
    }
  });

  test('R28 BCB-9.caller · cannot act for a person who is not calling: no token, a forged one, a changed one', async () => {
    const real = await callerToken(DEFINITIONS.enrollment.listCredentials.path);
    const [head, payload, mark] = real.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const forged = [
      undefined,
      'nonsense',
      `${head}.${encode({ ...claims, sub: randomUUID() })}.${mark}`,
      `${encode({ alg: 'none', typ: 'txntoken+jwt' })}.${payload}.`,
      `${head}.${payload}.${mark.slice(0, -4)}AAAA`,
    ];
    const ids = forged.map(() => uuidv7());
    for (const [at, token] of forged.entries())
      expect(await codeOf(enrollmentAs().listCredentials({}, forgedCall(ids[at]!, token)))).toBe(
        'caller_token_refused',
      );
    // It lives for half a minute, and what was refused may take its time to be recorded.
    const { credentials } = await enrollmentAs().listCredentials({}, forgedCall(uuidv7(), real));
    expect(credentials).toHaveLength(1);
    for (const id of ids)
      expect(await refusalOf(id)).toMatchObject({ code: 'caller_token_refused', source: 'enrollment' });
  });

  test('R28 BCB-9.caller · a caller token is good for one method of one service', async () => {
    const listing = await callerToken(DEFINITIONS.enrollment.listCredentials.path);
    const [suspending, signingOut] = [uuidv7(), uuidv7()];
    const [device] = (await enrollmentAs().listCredentials({}, forgedCall(uuidv7(), listing))).credentials;
    expect(await codeOf(enrollmentAs().suspendCredential({ id: device!.id }, forgedCall(suspending, listing)))).toBe(
      'caller_token_refused',
    );
    expect(await codeOf(sessionAs('gateway').signOut({}, forgedCall(signingOut, listing)))).toBe(
      'caller_token_refused',
    );
    expect(await refusalOf(suspending)).toMatchObject({ source: 'enrollment', facts: { caller: 'gateway' } });
    expect(await refusalOf(signingOut)).toMatchObject({ source: 'session', facts: { caller: 'gateway' } });
    await customer.browser.request('GET', '/auth/session');
  });

  test('R28 BCB-9.caller · a caller token is dead after 30 seconds', async () => {
    const token = await callerToken(DEFINITIONS.enrollment.listCredentials.path);
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    expect(exp - iat).toBeLessThanOrEqual(30);
    await sleep(31_000);
    const id = uuidv7();
    expect(await codeOf(enrollmentAs().listCredentials({}, forgedCall(id, token)))).toBe('caller_token_refused');
    await refusalOf(id);
  }, 60_000);

  test('R28 BCB-9.gateway · gets no caller token for a session that is over, nor for a cookie it invents', async () => {
    const gone = await createCustomer(host, bank);
    await gone.browser.signIn();
    const value = gone.browser.cookies.get('countersign')!;
    await gone.browser.request('POST', '/auth/sign-out', {});
    const method = DEFINITIONS.enrollment.listCredentials.path;
    const check = (cookie: string): Promise<unknown> =>
      sessionAs('gateway').check(
        {
          presented: { $case: 'cookie', value: cookie },
          method,
          csrfToken: '',
          safe: true,
          origin: undefined,
          proof: undefined,
          requiredScope: '',
        },
        forgedCall(uuidv7()),
      );
    expect(await codeOf(check(value))).toBe('session_ended');
    expect(await codeOf(check(`${value.slice(0, -4)}AAAA`))).toBe('session_unknown');
    expect(await refusedWith(gone.browser.request('GET', '/auth/session'))).toBe('credentials_missing');
  });
});

describe('who may call whom', () => {
  test('BCB-9.allowlist · every method answers only the callers the one table of edges names', async () => {
    const methods = Object.values(DEFINITIONS).flatMap((definition) => Object.values(definition) as RpcMethod[]);
    const callers = [...SERVICES, 'cli' as const];
    const strangers = methods.flatMap(({ path }) => {
      const { service, method } = splitPath(path);
      const may = TOPOLOGY.filter(({ to, methods: named }) => to === service && named.includes(method)).map(
        ({ from }) => from,
      );
      return callers
        .filter((caller) => !may.includes(caller))
        .map((caller) => ({ caller, service: service as keyof typeof DEFINITIONS, path }));
    });
    expect(strangers.length).toBeGreaterThan(300);
    const open: string[] = [];
    for (const { caller, service, path } of strangers) {
      const channel = channelAs(host, caller, service);
      const code = await codeOf(
        channel.send({ path, requestId: uuidv7(), deadline: Date.now() + 10_000, body: Buffer.alloc(0) }),
      );
      if (code !== 'call_refused') open.push(`${caller} → ${path}: ${code}`);
    }
    expect(open).toEqual([]);
  }, 60_000);

  test('BCB-9.allowlist · a refused caller is named in the platform’s log', async () => {
    const id = uuidv7();
    expect(await codeOf(sessionAs('risk').listSessions({}, forgedCall(id)))).toBe('call_refused');
    expect(await refusalOf(id)).toMatchObject({ tenant: PLATFORM_TENANT, facts: { caller: 'risk' } });
  });
});
