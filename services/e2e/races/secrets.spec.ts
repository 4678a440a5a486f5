import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  CALM,
  PARALLEL,
  SCOPES,
  createBank,
  createCustomer,
  everyRound,
  grantFor,
  postForm,
  race,
  sharedHost,
  type Bank,
  type Customer,
  type HostProcess,
} from '../src/index.js';
import { CountersignServer } from '@countersign/sdk-node';
import { Browser, type Json } from '@countersign/standalone';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

const LIMIT_MS = 600_000;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let host: HostProcess;
let bank: Bank;
let web: Customer;
let native: Customer;
let database: AdminDatabase;

beforeAll(async () => {
  host = await sharedHost({ shape: 'services', replicas: 2 });
  database = new AdminDatabase(host);
  bank = await createBank(host, { risk: CALM });
  web = await createCustomer(host, bank);
  native = await createCustomer(host, bank, { client: bank.native });
}, 120_000);

afterAll(() => database?.close());

describe(`${PARALLEL} at the same time, over two processes of each service`, () => {
  test(
    'R4 · one ticket is opened by one browser, and only that one can enroll with it',
    async () => {
      await everyRound(async (index) => {
        const { id } = await bank.sdk.createSubject({ reference: `ticket-${index}`, displayName: 'A Customer' });
        const { ticket } = await bank.sdk.issueTicket(id);
        const browsers: Browser[] = [];
        const { won, lost } = await race(host, async (api) => {
          const browser = new Browser(api, bank.web, web.browser.origin);
          browsers.push(browser);
          await browser.openTicket(ticket);
          return browser;
        });
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['ticket_refused']));
        await won[0]!.register('a device');
        const other = browsers.find((browser) => browser !== won[0])!;
        await expect(other.register('a device')).rejects.toMatchObject({ status: 401 });
      });
    },
    LIMIT_MS,
  );

  test(
    'R5 · one refresh token is rotated once, and the reuse ends its family',
    async () => {
      const { browser } = native;
      await everyRound(async () => {
        const { refreshToken, accessToken } = await browser.signIn();
        const refresh = (api: string, token: unknown): Promise<Json> =>
          askForTokens(api, bank.native, { grant_type: 'refresh_token', refresh_token: String(token) });
        const { won, lost } = await race(host, (api) => refresh(api, refreshToken));
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['refresh_refused']));
        const { access_token: rotated, refresh_token: next } = won[0]!;
        for (const token of [accessToken, rotated]) {
          expect(await bank.sdk.introspect(String(token))).toEqual({ active: false });
        }
        for (const api of host.urls)
          await expect(refresh(api, next)).rejects.toMatchObject({ code: 'refresh_refused' });
      });
    },
    LIMIT_MS,
  );

  test(
    'BCB-3.grant · one grant is redeemed once, whichever server of the bank presents it',
    async () => {
      const { browser, subject } = web;
      await browser.signIn();
      const { clientId, secret } = bank.server;
      const servers = host.urls.map((baseUrl) => new CountersignServer({ baseUrl, clientId, clientSecret: secret }));
      await everyRound(async (index) => {
        const action = { name: 'payee.add', parameters: { iban: `DE${index}` } };
        const grant = await grantFor(browser, action.name, action.parameters);
        const { won, lost } = await race(host, (_, n) => servers[n % servers.length]!.redeemGrant(grant, action));
        expect(won).toEqual([expect.objectContaining({ subject })]);
        expect(new Set(lost)).toEqual(new Set(['grant_refused']));
      });
      const redeemed = await database.count(
        "select count(*) as n from verification.outbox where type = 'grant.redeemed' and tenant = $1",
        [bank.tenant],
      );
      expect(redeemed).toBe(
        await database.count("select count(*) as n from session.outbox where type = 'grant.issued' and tenant = $1", [
          bank.tenant,
        ]),
      );
    },
    LIMIT_MS,
  );

  test(
    'one client assertion is worth one token (RFC 7523 §3, `jti`)',
    async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256');
      const jwks = JSON.stringify({
        keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }],
      });
      const { application } = await host.control<{ application: { clientId: string } }>('tenant', 'createApplication', {
        tenant: bank.slug,
        name: 'server with a key',
        type: 'server',
        scopes: SCOPES,
        origins: [],
        jwks,
        withSecret: false,
        relatedOrigins: [],
      });
      const { clientId } = application;
      const assertion = (): Promise<string> =>
        new SignJWT({ jti: crypto.randomUUID() })
          .setProtectedHeader({ alg: 'ES256', kid: 'one' })
          .setIssuer(clientId)
          .setSubject(clientId)
          .setAudience(`${host.urls[0]}/v1/oauth/token`)
          .setIssuedAt()
          .setExpirationTime('1m')
          .sign(privateKey);
      const present = (api: string, client_assertion: string): Promise<Json> =>
        askForTokens(api, clientId, {
          grant_type: 'client_credentials',
          client_assertion_type: ASSERTION_TYPE,
          client_assertion,
        });
      for (const api of host.urls) await untilKnown(async () => present(api, await assertion()));
      await everyRound(async () => {
        const one = await assertion();
        const { won, lost } = await race(host, (api) => present(api, one));
        expect(won).toHaveLength(1);
        expect(new Set(lost)).toEqual(new Set(['client_refused']));
      });
    },
    LIMIT_MS,
  );
});

/** Names the client in a header too, so that its tenant's rate limits apply. */
const askForTokens = (api: string, clientId: string, fields: Record<string, string>): Promise<Json> =>
  postForm(api, '/oauth/token', { client_id: clientId, ...fields }, { 'countersign-client': clientId });

/** A new application reaches every process within a moment. */
async function untilKnown(ask: () => Promise<unknown>): Promise<void> {
  for (let known = 0, end = Date.now() + 30_000; known < 4;) {
    try {
      await ask();
      known++;
    } catch (error) {
      if (Date.now() > end) throw error;
      known = 0;
    }
  }
}
