import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { actionHash } from '@countersign/sdk-node';
import { bankServer } from '../src/bank-server.js';
import { FakePlatform } from './fake-platform.js';

const IBAN = 'DE89370400440532013000';
const ANA = { userName: 'ana', displayName: 'Ana Lindqvist' };

let platform: FakePlatform;
let platformUrl: string;
let dataDir: string;
let bank: ReturnType<typeof bankServer>;

const openBank = (): ReturnType<typeof bankServer> =>
  bankServer({
    port: 0,
    countersignUrl: platformUrl,
    clientIdWeb: 'bank-web',
    serverClientId: 'bank-server',
    serverSecret: 'secret',
    dataDir,
  });

beforeEach(async () => {
  platform = new FakePlatform();
  platformUrl = await platform.start();
  dataDir = mkdtempSync(join(tmpdir(), 'demo-bank-'));
  bank = openBank();
});

afterEach(async () => {
  await bank.close();
  await platform.stop();
  rmSync(dataDir, { recursive: true });
});

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  bank.inject({ method: 'POST', url, payload, headers });

/** Ana becomes a customer and has signed in with `token`. */
async function anaSignsIn(token = 'token-ana'): Promise<string> {
  await post('/api/customers', ANA);
  const ana = platform.people.values().next().value!;
  platform.tokens.set(token, { sub: ana.id, client_id: 'bank-web' });
  return ana.id;
}

const asAna = { authorization: 'Bearer token-ana' };

function grantFor(subject: string, parameters: Record<string, unknown>, name = 'payee.add'): Record<string, string> {
  const grant = randomUUID();
  platform.grants.set(grant, { subject, hash: actionHash({ name, parameters }) });
  return { ...asAna, 'countersign-grant': grant };
}

describe('becoming a customer', () => {
  test('BCB-1.ticket · gives the page a ticket for the new person', async () => {
    const response = await post('/api/customers', ANA);
    expect(response.statusCode).toBe(201);
    expect(response.json()).toMatchObject({ ticket: expect.stringMatching(/^ticket-/) });
  });

  test('BCB-1.ticket · a user name that was given gets no second ticket for another browser', async () => {
    await post('/api/customers', ANA);
    expect((await post('/api/customers', ANA)).json()).toMatchObject({ status: 409, code: 'user_name_taken' });
    const forged = await post('/api/customers', ANA, { cookie: `bank-sign-up=${'A'.repeat(43)}` });
    expect(forged.json()).toMatchObject({ code: 'user_name_taken' });
  });

  test('BCB-1.ticket · the browser that began may go on, until there is a passkey', async () => {
    const cookie = String((await post('/api/customers', ANA)).headers['set-cookie']).split(';')[0]!;
    expect((await post('/api/customers', ANA, { cookie })).statusCode).toBe(201);
    platform.people.values().next().value!.activeDevices = 1;
    expect((await post('/api/customers', ANA, { cookie })).json()).toMatchObject({ code: 'user_name_taken' });
  });

  test.each([
    { userName: 'Ana', displayName: 'Ana' },
    { userName: 'an', displayName: 'Ana' },
    { userName: 'ana', displayName: ' Ana' },
    { userName: 'ana', displayName: 'A\u0000na' },
    { userName: 'ana', displayName: 'Ana', admin: true },
    [],
  ])('refuses an application that is not of the form: %j', async (application) => {
    expect((await post('/api/customers', application)).json()).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(platform.people.size).toBe(0);
  });
});

describe('the bank’s own API', () => {
  test('shows a customer the account, in the customer’s name only', async () => {
    await anaSignsIn();
    const response = await bank.inject({ url: '/api/account', headers: asAna });
    expect(response.json()).toMatchObject({ ...ANA, account: { balance: { amount: '2500.00', currency: 'EUR' } } });
  });

  test.each([
    ['without a token', {}],
    ['with a token that is not alive', { authorization: 'Bearer ended' }],
    ['with a token of another application', { authorization: 'Bearer elsewhere' }],
    ['with something else than a Bearer token', { authorization: 'Basic dG9rZW4tYW5h' }],
  ])('refuses a caller %s', async (_how, headers) => {
    const ana = await anaSignsIn();
    platform.tokens.set('elsewhere', { sub: ana, client_id: 'other-app' });
    const response = await bank.inject({ url: '/api/account', headers });
    expect(response.json()).toMatchObject({ status: 401, code: 'sign_in_required' });
  });

  test('NXG-10 · refuses a session that ended a moment ago', async () => {
    await anaSignsIn();
    expect((await bank.inject({ url: '/api/account', headers: asAna })).statusCode).toBe(200);
    platform.tokens.clear();
    expect((await bank.inject({ url: '/api/account', headers: asAna })).statusCode).toBe(401);
  });

  test('refuses everyone while the platform is away, and says why in a code', async () => {
    await anaSignsIn();
    platform.down = true;
    const response = await bank.inject({ url: '/api/account', headers: asAna });
    expect(response.json()).toEqual({
      type: 'about:blank',
      title: 'The sign-in service cannot be reached at the moment.',
      status: 503,
      code: 'platform_unavailable',
    });
  });

  test('a restarted bank still knows its customers; one that lost its file welcomes them back', async () => {
    await anaSignsIn();
    const iban = (await bank.inject({ url: '/api/account', headers: asAna })).json().account.iban;
    await bank.close();
    bank = openBank();
    expect((await bank.inject({ url: '/api/account', headers: asAna })).json().account.iban).toBe(iban);
    await bank.close();
    rmSync(join(dataDir, 'customers.json'));
    bank = openBank();
    expect((await bank.inject({ url: '/api/account', headers: asAna })).json()).toMatchObject(ANA);
  });

  test('no answer lets a page of another origin read it or run anything', async () => {
    const { headers } = await bank.inject({ url: '/api/settings' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers['content-security-policy']).toBe(`default-src 'none'; frame-ancestors 'none'`);
  });
});

describe('adding a payee', () => {
  const payee = { name: 'Jonas Werner', iban: IBAN };

  test('BCB-3 · needs a confirmation, and names the action', async () => {
    await anaSignsIn();
    const response = await post('/api/payees', payee, asAna);
    expect(response.json()).toMatchObject({ status: 401, code: 'confirmation_required', action: 'payee.add' });
  });

  test('BCB-3 · a grant for exactly this payee adds it, once', async () => {
    const headers = grantFor(await anaSignsIn(), payee);
    expect((await post('/api/payees', payee, headers)).json()).toMatchObject(payee);
    expect((await post('/api/payees', payee, headers)).json()).toMatchObject({ code: 'confirmation_refused' });
    expect((await bank.inject({ url: '/api/payees', headers: asAna })).json().payees).toHaveLength(1);
  });

  test.each([
    ['another IBAN', { name: payee.name, iban: 'GB82WEST12345698765432' }, 'payee.add'],
    ['another name', { name: 'Jonas Wemer', iban: IBAN }, 'payee.add'],
    ['another action', payee, 'payee.remove'],
  ])('BCB-3 · a grant for %s does not', async (_what, parameters, name) => {
    const headers = grantFor(await anaSignsIn(), parameters, name);
    expect((await post('/api/payees', payee, headers)).json()).toMatchObject({
      status: 403,
      code: 'confirmation_refused',
    });
  });

  test('BCB-3 · the grant of another person does not', async () => {
    await anaSignsIn();
    expect((await post('/api/payees', payee, grantFor(randomUUID(), payee))).json()).toMatchObject({
      code: 'confirmation_refused',
    });
  });

  test('refuses an IBAN whose check digits are wrong before it spends the grant', async () => {
    const wrong = { name: payee.name, iban: 'DE89370400440532013001' };
    const headers = grantFor(await anaSignsIn(), wrong);
    expect((await post('/api/payees', wrong, headers)).json()).toMatchObject({ code: 'request_invalid' });
    expect(platform.grants.size).toBe(1);
  });
});

describe('a transfer', () => {
  async function withPayee(): Promise<string> {
    const payee = { name: 'Jonas Werner', iban: IBAN };
    return (await post('/api/payees', payee, grantFor(await anaSignsIn(), payee))).json().id;
  }

  test('moves money to a confirmed payee', async () => {
    const order = { payeeId: await withPayee(), amount: '25.50', reference: 'Lunch' };
    const response = await post('/api/transfers', order, asAna);
    expect(response.json()).toMatchObject({
      account: { balance: { amount: '2474.50' } },
      bookings: [{ counterparty: 'Jonas Werner', reference: 'Lunch', money: { amount: '-25.50' } }, {}],
    });
  });

  test.each([
    ['2500.01', 'funds_insufficient'],
    ['0.00', 'amount_invalid'],
    ['-1.00', 'request_invalid'],
    ['1', 'request_invalid'],
    ['1e3', 'request_invalid'],
  ])('of %s is refused as %s', async (amount, code) => {
    const order = { payeeId: await withPayee(), amount, reference: '' };
    expect((await post('/api/transfers', order, asAna)).json()).toMatchObject({ code });
  });

  test('to someone who was never confirmed is refused', async () => {
    await withPayee();
    const order = { payeeId: randomUUID(), amount: '1.00', reference: '' };
    expect((await post('/api/transfers', order, asAna)).json()).toMatchObject({ code: 'payee_unknown' });
  });
});
