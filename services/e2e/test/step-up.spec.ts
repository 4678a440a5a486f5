import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  ACTIONS,
  AdminDatabase,
  bearer,
  call,
  createBank,
  createCustomer,
  grantFor,
  recorded,
  refusal,
  refusedWith,
  SCOPES,
  serverToken,
  sharedHost,
  untilHeld,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { actionHash, CountersignServer } from '@countersign/sdk-node';

const PAYEE = { name: 'payee.add', parameters: { iban: 'DE02120300000000202051' } };
const POLICY = {
  actions: {
    ...ACTIONS,
    'statement.read': { maxAge: 86_400 },
    'limit.raise': { acr: 'phrh' },
    'wire.now': { maxAge: 1 },
  },
};

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host, POLICY);
}, 180_000);

async function signedIn(): Promise<Customer> {
  const customer = await createCustomer(host, bank);
  await customer.browser.signIn();
  return customer;
}

const tokenOf = async ({ browser }: Customer): Promise<string> =>
  String((await browser.request('POST', '/auth/session/token', {})).accessToken);

const needs = async (token: string, action: string): Promise<Json> => {
  const answer = await bank.sdk.introspect(token, action);
  return { ...(answer as { step_up?: Json }).step_up };
};

describe('what policy asks for', () => {
  test('BCB-3.policy · a bank names its sensitive actions; what it does not name is refused', async () => {
    const { browser } = await signedIn();
    await browser.stepUp({ name: PAYEE.name, hash: actionHash(PAYEE) });
    const unknown = browser.stepUp({ name: 'payee.drop', hash: actionHash({ name: 'payee.drop' }) });
    expect(await refusedWith(unknown)).toBe('action_unknown');
    await recorded(bank, { type: 'stepup.refused' }, ({ code }) => code === 'action_unknown');
  });

  test('BCB-3.policy · an action that needs a stronger proof than a passkey gives gets none', async () => {
    const customer = await signedIn();
    const hash = actionHash({ name: 'limit.raise' });
    expect(await refusedWith(customer.browser.stepUp({ name: 'limit.raise', hash }))).toBe('step_up_impossible');
    await recorded(bank, { type: 'stepup.refused' }, ({ code }) => code === 'step_up_impossible');
    expect(await needs(await tokenOf(customer), 'limit.raise')).toMatchObject({ required: true, acr_values: 'phrh' });
  });

  test('RNB-4.actions · only what policy calls risky asks again; the rest goes on as it is', async () => {
    const customer = await signedIn();
    const { browser } = customer;
    await sleep(1_100);
    const token = await tokenOf(customer);
    await browser.request('GET', '/auth/devices');
    expect(await needs(token, 'statement.read')).toEqual({ required: false });
    for (const name of ['authenticator.remove', 'authenticator.resume'])
      expect(await grantFor(browser, name, { id: 'x' })).not.toBe('');
    expect(await refusedWith(browser.request('POST', '/passkey/register/options', {}))).toBe('step_up_required');
  });

  test('RNB-4.freshness BCB-3.freshness · a session too old for an action needs a step-up, and has it afterwards', async () => {
    const customer = await signedIn();
    const token = await tokenOf(customer);
    expect(await needs(token, 'payee.add')).toEqual({ required: false });
    const database = new AdminDatabase(host);
    // The clock cannot be turned forward; the proof can be made older.
    await database.rows('update session.session set auth_time = auth_time - 70 where subject = $1', [customer.subject]);
    await database.close();
    expect(await needs(token, 'payee.add')).toEqual({ required: true, acr_values: 'phr', max_age: 60 });
    await customer.browser.stepUp();
    expect(await needs(token, 'payee.add')).toEqual({ required: false });
  });

  test('BCB-3.freshness · a grant older than its action allows is not redeemed', async () => {
    const { browser } = await signedIn();
    const grant = await grantFor(browser, 'wire.now');
    await sleep(2_100);
    expect(await refusedWith(bank.sdk.redeemGrant(grant, { name: 'wire.now' }))).toBe('grant_refused');
    await recorded(bank, { type: 'grant.refused' }, ({ facts }) => (facts as Json).reason === 'too_old');
  });

  test('BCB-3.policy · introspection asked about an action nobody listed says so', async () => {
    expect(await refusedWith(bank.sdk.introspect(await tokenOf(await signedIn()), 'no.such'))).toBe('action_unknown');
  });
});

describe('the challenge', () => {
  test('BCB-3.challenge · a session that does not suffice is told which proof would (RFC 9470)', async () => {
    const { browser } = await signedIn();
    const { devices } = await browser.request<{ devices: { id: string }[] }>('GET', '/auth/devices');
    const asked = await refusal(browser.request('DELETE', `/auth/devices/${devices[0]!.id}`));
    expect([asked.status, asked.code]).toEqual([401, 'step_up_required']);
    expect(asked.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="60"',
    );
    expect(asked.problem).toMatchObject({ action: 'authenticator.remove', maxAge: 60, acrValues: 'phr' });
  });

  test('BCB-3.challenge · only this person in this session answers it', async () => {
    const [ada, bob] = [await signedIn(), await signedIn()];
    const options = await ada.browser.request('POST', '/auth/step-up/options', {});
    expect(options.userVerification).toBe('required');
    const credential = bob.browser.assert({ ...options, allowCredentials: [] });
    expect(await refusedWith(ada.browser.request('POST', '/auth/step-up/verify', { credential }))).toBe(
      'step_up_failed',
    );
    const again = await ada.browser.request('POST', '/auth/step-up/options', {});
    const own = { credential: ada.browser.assert(again) };
    expect(await refusedWith(bob.browser.request('POST', '/auth/step-up/verify', own))).toBe('step_up_failed');
    expect(await refusedWith(ada.browser.request('POST', '/auth/step-up/verify', own))).toBe('challenge_spent');
  });

  test('BCB-3.challenge · a challenge of a sign-in steps nobody up, and the other way round', async () => {
    const { browser } = await signedIn();
    const forSignIn = {
      credential: browser.assert(await browser.request('POST', '/passkey/authenticate/options', {})),
    };
    expect(await refusedWith(browser.request('POST', '/auth/step-up/verify', forSignIn))).toBe('challenge_spent');
    const forStepUp = { credential: browser.assert(await browser.request('POST', '/auth/step-up/options', {})) };
    expect(await refusedWith(browser.request('POST', '/passkey/authenticate/verify', forStepUp))).toBe(
      'challenge_spent',
    );
  });
});

describe('the answer', () => {
  test('BCB-3.elevate · without an action the same session is fresher, also for a token it gave out before', async () => {
    const customer = await signedIn();
    const token = await tokenOf(customer);
    const before = (await bank.sdk.introspect(token)) as Json;
    await sleep(1_100);
    const { session } = (await customer.browser.stepUp()) as { session: Json };
    const after = (await bank.sdk.introspect(token)) as Json;
    expect([session.id, after.sid]).toEqual([before.sid, before.sid]);
    expect(Number(after.auth_time)).toBeGreaterThan(Number(before.auth_time));
    await recorded(bank, { type: 'session.elevated', about: String(before.sid) });
  });

  test('BCB-3.elevate · a native application gets an access token that says so', async () => {
    const { browser } = await createCustomer(host, bank, { client: bank.native });
    const first = await browser.signIn();
    const raised = await browser.stepUp();
    expect((raised.session as Json).id).toBe((first.session as Json).id);
    expect(raised.accessToken).not.toBe(first.accessToken);
  });

  test('BCB-3.grant · a grant tells the bank’s server who agreed with which device, once', async () => {
    const customer = await signedIn();
    const { devices } = await customer.browser.request<{ devices: Json[] }>('GET', '/auth/devices');
    const grant = await grantFor(customer.browser, PAYEE.name, PAYEE.parameters);
    const redeemed = await bank.sdk.redeemGrant(grant, PAYEE);
    expect(redeemed).toMatchObject({ subject: customer.subject, acr: 'phr', device: devices[0]!.id });
    expect(await refusedWith(bank.sdk.redeemGrant(grant, PAYEE))).toBe('grant_refused');
    await recorded(bank, { type: 'grant.redeemed' }, ({ session }) => session === redeemed.session);
  });

  test('BCB-3.grant · a grant is worth nothing for other parameters or another action, and stays unspent', async () => {
    const { browser } = await signedIn();
    const grant = await grantFor(browser, PAYEE.name, PAYEE.parameters);
    const other = { ...PAYEE, parameters: { iban: 'GB33BUKB20201555555555' } };
    const wrong = [other, { name: 'transfer.create', parameters: PAYEE.parameters }, { name: PAYEE.name }];
    for (const action of wrong) expect(await refusedWith(bank.sdk.redeemGrant(grant, action))).toBe('grant_refused');
    await bank.sdk.redeemGrant(grant, PAYEE);
  });

  test('BCB-3.grant · no other bank, no server without the scope and no person redeems it', async () => {
    const { browser } = await signedIn();
    const grant = await grantFor(browser, PAYEE.name, PAYEE.parameters);
    const other = await createBank(host, POLICY);
    expect(await refusedWith(other.sdk.redeemGrant(grant, PAYEE))).toBe('grant_refused');
    const json = { grant, action: { name: PAYEE.name, hash: actionHash(PAYEE) } };
    const narrow = await serverToken(host, bank, SCOPES.filter((scope) => scope !== 'grants:redeem').join(' '));
    const refused = await call(host, 'POST', '/auth/grants/redeem', { headers: bearer(narrow), json });
    expect([refused.status, refused.body.code]).toEqual([403, 'scope_missing']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="grants:redeem"');
    expect(await refusedWith(browser.request('POST', '/auth/grants/redeem', json))).toBe('credentials_missing');
    await bank.sdk.redeemGrant(grant, PAYEE);
  });

  test('BCB-3.grant · a changed grant and one for an act of the platform’s own are refused', async () => {
    const { browser } = await signedIn();
    const grant = await grantFor(browser, PAYEE.name, PAYEE.parameters);
    const [head, payload, mark] = grant.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: Number(claims.exp) + 1 })).toString('base64url');
    expect(await refusedWith(bank.sdk.redeemGrant(`${head}.${forged}.${mark}`, PAYEE))).toBe('grant_refused');
    const own = await grantFor(browser, 'authenticator.add');
    expect(await refusedWith(bank.sdk.redeemGrant(own, { name: 'authenticator.add' }))).toBe('grant_refused');
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(60);
  });

  test('BCB-3.grant · two servers of one bank redeem it once in all', async () => {
    const { browser } = await signedIn();
    const created = await host.control<{ application: { clientId: string }; clientSecret: string }>(
      'tenant',
      'createApplication',
      {
        tenant: bank.slug,
        name: 'second server',
        type: 'server',
        origins: [],
        scopes: SCOPES,
        jwks: '',
        withSecret: true,
        relatedOrigins: [],
      },
    );
    const second = new CountersignServer({
      baseUrl: host.urls[0]!,
      clientId: created.application.clientId,
      clientSecret: created.clientSecret,
    });
    const grant = await grantFor(browser, PAYEE.name, PAYEE.parameters);
    await untilHeld(host);
    await second.redeemGrant(grant, PAYEE);
    expect(await refusedWith(bank.sdk.redeemGrant(grant, PAYEE))).toBe('grant_refused');
  });
});
