import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  call,
  createBank,
  createCustomer,
  eventually,
  named,
  ORIGIN,
  postForm,
  recorded,
  refusedWith,
  SCOPES,
  sendFrom,
  sharedHost,
  twin,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { CountersignServer } from '@countersign/sdk-node';
import { Browser } from '@countersign/standalone';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, SignJWT, type JWTPayload } from 'jose';

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

async function signedIn(client = bank.web): Promise<Customer> {
  const customer = await createCustomer(host, bank, { client });
  await customer.browser.signIn();
  return customer;
}

/** The same person elsewhere: another browser with the same synced passkey. */
async function elsewhere({ browser }: Customer, client = bank.web): Promise<Browser> {
  const other = new Browser(host.urls[0]!, client, ORIGIN, browser.authenticator);
  await other.signIn();
  return other;
}

const own = async (browser: Browser): Promise<string> =>
  String((await browser.request<{ session: Json }>('GET', '/auth/session')).session.id);
const isDead = async (browser: Browser): Promise<string> => refusedWith(browser.request('GET', '/auth/session'));
const mint = async (browser: Browser): Promise<string> =>
  String((await twin(browser).request('POST', '/auth/session/token', {})).accessToken);
const refresh = (clientId: string, token: string): Promise<Json> =>
  postForm(
    host.urls[0]!,
    '/oauth/token',
    { grant_type: 'refresh_token', client_id: clientId, refresh_token: token },
    named(clientId),
  );

describe('tokens', () => {
  test('R5 · a refresh token is rotated, and the old one ends the family', async () => {
    const { browser } = await signedIn(bank.native);
    const [first, session] = [browser.refreshToken!, await own(browser)];
    const rotated = await refresh(bank.native, first);
    expect(rotated.refresh_token).not.toBe(first);
    expect(await refusedWith(refresh(bank.native, first))).toBe('refresh_refused');
    expect(await refusedWith(refresh(bank.native, String(rotated.refresh_token)))).toBe('refresh_refused');
    expect(await bank.sdk.introspect(String(rotated.access_token))).toEqual({ active: false });
    await recorded(bank, { type: 'refresh.reused', about: session });
  });

  test('R6 · reuse ends that family only; the person’s other sessions live', async () => {
    const customer = await signedIn(bank.native);
    const other = await elsewhere(customer, bank.native);
    const first = customer.browser.refreshToken!;
    await refresh(bank.native, first);
    await refusedWith(refresh(bank.native, first));
    await other.request('GET', '/auth/session');
    await refresh(bank.native, other.refreshToken!);
  });

  test('R5 · a refresh token under another client is refused and stays good', async () => {
    const { browser } = await signedIn(bank.native);
    const other = await createBank(host);
    // Clients that nobody knows are counted by address, and every test of this process has the same one.
    const form = { grant_type: 'refresh_token', client_id: 'nobody', refresh_token: browser.refreshToken! };
    const headers = { ...named('nobody'), 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${host.urls[0]!}/v1/oauth/token`;
    const unknown = await sendFrom(url, 'POST', headers, String(new URLSearchParams(form)));
    expect(JSON.parse(unknown.text)).toMatchObject({ code: 'client_unknown' });
    for (const client of [bank.web, other.native])
      expect(await refusedWith(refresh(client, browser.refreshToken!))).toBe('refresh_refused');
    expect((await refresh(bank.native, browser.refreshToken!)).access_token).toBeDefined();
  });

  test('BCB-16.issuer · a bank verifies tokens with nothing but its own issuer: discovery, keys, signature, audience', async () => {
    const customer = await signedIn();
    const token = await mint(customer.browser);
    const { payload } = await asABankWould(bank, token);
    expect(payload).toMatchObject({
      sub: customer.subject,
      client_id: bank.web,
      acr: 'phr',
      sid: await own(customer.browser),
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(600);
    const other = await createBank(host);
    await expect(asABankWould(other, token)).rejects.toThrow();
    expect(await other.sdk.introspect(token)).toEqual({ active: false });
  });

  test('NXG-10.dead · RFC 7009: a revoked token ends its session, an unknown one answers the same', async () => {
    const { browser } = await signedIn(bank.native);
    const revoke = (client_id: string, token: string) =>
      call(host, 'POST', '/oauth/revoke', { form: { client_id, token }, headers: named(bank.native) });
    expect((await revoke(bank.native, 'nonsense')).status).toBe(200);
    expect((await revoke(bank.web, browser.refreshToken!)).status).toBe(200);
    await browser.request('GET', '/auth/session');
    const answer = await revoke(bank.native, browser.refreshToken!);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await isDead(browser)).toBe('session_ended');
  });

  test('R20 · introspection and checks write no row', async () => {
    // A bank of its own, whose one session nobody used: that others were used is written up to a minute later.
    const quiet = await createBank(host);
    const { browser } = await createCustomer(host, quiet, { client: quiet.native });
    await browser.signIn();
    const database = new AdminDatabase(host);
    await eventually('the outbox', async () => (await unsentOf(database, quiet)) === 0 || undefined);
    const before = await rowsOf(database, quiet);
    for (let n = 0; n < 20; n++) await quiet.sdk.introspect(browser.accessToken!);
    // A first use is written with the next batch, and this one is of later uses.
    const other = await signedIn(bank.native);
    await usedAndWritten(database, other.browser, other.subject);
    expect(await rowsOf(database, quiet)).toBe(before);
    await database.close();
  });
});

describe('the bank’s server', () => {
  test('BCB-16.issuer · private_key_jwt: a signed assertion for this issuer is taken once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }],
    });
    const wanted = {
      tenant: bank.slug,
      name: 'signing server',
      type: 'server',
      origins: [],
      scopes: SCOPES,
      jwks,
      withSecret: false,
      relatedOrigins: [],
    };
    const { application } = await host.control<{ application: { clientId: string } }>(
      'tenant',
      'createApplication',
      wanted,
    );
    const { clientId } = application;
    const key = { ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' };
    const server = new CountersignServer({ baseUrl: host.urls[0]!, clientId, privateKey: key as never });
    await eventually('the application', () => server.introspect('nothing').catch(() => undefined));
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(`${host.info.publicUrl}/v1/oauth/token`)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    const form = {
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    expect((await call(host, 'POST', '/oauth/token', { form, headers: named(clientId) })).status).toBe(200);
    const replayed = await call(host, 'POST', '/oauth/token', { form, headers: named(clientId) });
    expect([replayed.status, replayed.body.error, replayed.body.code]).toEqual([
      401,
      'invalid_client',
      'client_refused',
    ]);
  });

  test('BCB-16.issuer · a wrong secret, a client that is another than it says, and a scope not held are refused', async () => {
    const { clientId, secret } = bank.server;
    const ask = async (form: Record<string, string>, client = clientId): Promise<Json> => {
      const whole = { grant_type: 'client_credentials', client_id: clientId, ...form };
      return (await call(host, 'POST', '/oauth/token', { form: whole, headers: named(client) })).body;
    };
    expect(await ask({ client_secret: 'wrong' })).toMatchObject({ code: 'client_refused', error: 'invalid_client' });
    expect(await ask({ client_secret: secret }, bank.native)).toMatchObject({ code: 'client_mismatch' });
    const greedy = await ask({ client_secret: secret, scope: 'introspect transactions:write' });
    expect(greedy).toMatchObject({ code: 'scope_refused', error: 'invalid_scope' });
  });
});

/** What a bank's API does with a token, with a library of its own. */
async function asABankWould({ slug }: Bank, token: string): Promise<{ payload: JWTPayload }> {
  const { body } = await call(host, 'GET', `/t/${slug}/.well-known/openid-configuration`, { headers: named(bank.web) });
  const metadata = body as { issuer: string; jwks_uri: string };
  expect(metadata.issuer).toBe(`${host.info.publicUrl}/v1/t/${slug}`);
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), { headers: named(bank.web) });
  return jwtVerify(token, keys, {
    issuer: metadata.issuer,
    audience: `urn:countersign:${slug}`,
    typ: 'at+jwt',
    algorithms: ['ES256'],
  });
}

/** A person's session is used, and the batch that says so is written. */
async function usedAndWritten(database: AdminDatabase, browser: Browser, subject: string): Promise<void> {
  const lastActive = async (): Promise<string> => {
    const [row] = await database.rows<{ at: string }>(
      'select last_active_at::text as at from session.session where subject = $1',
      [subject],
    );
    return row!.at;
  };
  const before = await lastActive();
  await browser.request('GET', '/auth/session');
  await eventually('the last use', async () => (await lastActive()) !== before || undefined);
}

const unsentOf = (database: AdminDatabase, { tenant }: Bank): Promise<number> =>
  database.count('select count(*) as n from session.outbox where tenant = $1 and sent_at is null', [tenant]);

/** A digest of a bank's rows at session: a row's place and its transaction change with every write to it. */
async function rowsOf(database: AdminDatabase, { tenant }: Bank): Promise<string> {
  const tables = ['session', 'device_tombstone', 'client_assertion', 'outbox'].map(
    (table) => `select '${table} ' || ctid || ' ' || xmin as row from session.${table} where tenant = $1`,
  );
  const [all] = await database.rows<{ md5: string }>(
    `select md5(string_agg(row, ',' order by row)) from (${tables.join(' union all ')}) t`,
    [tenant],
  );
  return all!.md5;
}
