import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  call,
  CALM,
  createBank,
  createCustomer,
  filled,
  KeyHolder,
  named,
  operationsOf,
  race,
  recorded,
  sharedHost,
  type Answer,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
  type Operation,
} from '@countersign/e2e';
import { CountersignServer } from '@countersign/sdk-node';
import type { Browser } from '@countersign/standalone';
import { decodeJwt } from 'jose';

const ALGS = 'algs="ES256 ES384 EdDSA PS256"';

/**
 * A database that crashed forgot which proofs were spent: those made until five seconds after its first look need a nonce.
 * Tests run on a copy of a database, which may not have had the time for a checkpoint when it was stopped.
 */
const FORGETFUL_MS = 7_000;

let host: HostProcess;
let bank: Bank;
let customer: Customer;
let own: KeyHolder;
let thief: KeyHolder;
let operations: Operation[];
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host, { risk: CALM });
  customer = await createCustomer(host, bank, { client: bank.native });
  [own, thief] = [await KeyHolder.make(host), await KeyHolder.make(host)];
  operations = await operationsOf(host, named(bank.web));
  if ((await serverAnswer()).body.error === 'use_dpop_nonce') await sleep(FORGETFUL_MS);
}, 180_000);

interface Tokens {
  accessToken: string;
  refreshToken: string;
  tokenType: string;
}

const VERIFY = '/passkey/authenticate/verify';

/** A session of the app whose tokens are bound to the key. */
async function signIn({ browser }: Customer, key = own): Promise<Tokens> {
  const credential = browser.assert(await optionsFor(browser));
  const answer = await call(host, 'POST', VERIFY, {
    headers: { ...named(browser.clientId), origin: browser.origin, dpop: await key.proof('POST', VERIFY) },
    json: { credential },
  });
  expect(answer.status).toBe(200);
  return answer.body as unknown as Tokens;
}

const optionsFor = async ({ clientId, origin }: Browser): Promise<Json> =>
  (await call(host, 'POST', '/passkey/authenticate/options', { headers: { ...named(clientId), origin } })).body;

/** Asks for a token of the bank's server that is bound to the key. */
async function serverAnswer(): Promise<Answer> {
  const { clientId, secret } = bank.server;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
  const headers = { ...named(clientId), dpop: await own.proof('POST', '/oauth/token') };
  return call(host, 'POST', '/oauth/token', { headers, form });
}

async function serverToken(): Promise<string> {
  const { body } = await serverAnswer();
  expect([body.token_type, (decodeJwt(String(body.access_token)).cnf as Json).jkt]).toEqual([
    'DPoP',
    expect.stringMatching(/^[\w-]{43}$/),
  ]);
  return String(body.access_token);
}

/** One operation with whatever credentials, and a body that passes for what it takes. */
function tried(operation: Operation, path: string, credentials: Record<string, string>): Promise<Answer> {
  const { method, media, example, schemes } = operation;
  const client: Record<string, string> = schemes.includes('boundToken') ? named(bank.native) : {};
  const headers = { ...client, 'countersign-grant': 'a.b.c', ...credentials };
  const content = { ...((example ?? {}) as object) };
  if (!media) return call(host, method, path, { headers });
  return call(host, method, path, { headers, ...(media.includes('form') ? { form: content } : { json: content }) });
}

const takesToken = ({ schemes }: Operation): boolean => schemes.includes('accessToken') || schemes.includes('server');

const told = ({ status, body, headers }: Answer): unknown => [status, body.code, headers.get('www-authenticate')];

describe('R24 · every operation that takes a token', () => {
  test('R24 · refuses a bound one without a proof, with another key’s, with a used one, and as a bearer', async () => {
    const taking = operations.filter(takesToken);
    expect(taking.length).toBeGreaterThanOrEqual(22);
    const server = await serverToken();
    const reading = (await signIn(customer)).accessToken;
    for (const operation of taking) {
      // What is not read may end the session it is tried with.
      const ofPerson = operation.method === 'GET' ? reading : (await signIn(customer)).accessToken;
      const token = operation.schemes.includes('server') ? server : ofPerson;
      const path = filled(operation.path, Object.fromEntries(operation.ids.map((id) => [id, randomUUID()])));
      const { method, operationId } = operation;
      const dpop = { authorization: `DPoP ${token}` };
      const [good, others] = [await own.proof(method, path, { token }), await thief.proof(method, path, { token })];
      const answers = {
        none: told(await tried(operation, path, dpop)),
        others: told(await tried(operation, path, { ...dpop, dpop: others })),
        bearer: told(await tried(operation, path, { authorization: `Bearer ${token}` })),
        bearerWithProof: told(await tried(operation, path, { authorization: `Bearer ${token}`, dpop: good })),
      };
      const first = await tried(operation, path, { ...dpop, dpop: good });
      const replayed = told(await tried(operation, path, { ...dpop, dpop: good }));
      const proof = `DPoP error="invalid_dpop_proof", ${ALGS}`;
      const scheme = `DPoP error="invalid_token", ${ALGS}`;
      expect([operationId, { ...answers, replayed }]).toEqual([
        operationId,
        {
          none: [401, 'dpop_proof_missing', proof],
          others: [401, 'dpop_key_mismatch', proof],
          bearer: [401, 'dpop_scheme_mismatch', scheme],
          bearerWithProof: [401, 'dpop_scheme_mismatch', scheme],
          replayed: [401, 'dpop_replayed', proof],
        },
      ]);
      // What the proof was good for is another matter; that it was good is this one's.
      expect([operationId, String(first.body.code ?? '')]).toEqual([operationId, expect.not.stringMatching(/^dpop_/)]);
      expect([operationId, first.status]).not.toEqual([operationId, 500]);
    }
  }, 120_000);

  test('R24 · a token is bound for good: refresh and revocation ask for its key too, in OAuth’s words', async () => {
    const { refreshToken, accessToken } = await signIn(customer);
    const ends = [
      ['/oauth/token', { grant_type: 'refresh_token', client_id: bank.native, refresh_token: refreshToken }],
      ['/oauth/revoke', { client_id: bank.native, token: refreshToken }],
      ['/oauth/revoke', { client_id: bank.native, token: accessToken }],
    ] as const;
    for (const [path, form] of ends) {
      const refused = async (dpop?: string) => {
        const headers = { ...named(bank.native), ...(dpop !== undefined && { dpop }) };
        const { status, body } = await call(host, 'POST', path, { headers, form });
        return [path, status, body.error, body.code];
      };
      expect(await refused()).toEqual([path, 400, 'invalid_dpop_proof', 'dpop_proof_missing']);
      const others = await thief.proof('POST', path);
      expect(await refused(others)).toEqual([path, 400, 'invalid_dpop_proof', 'dpop_key_mismatch']);
      expect(await refused(others)).toEqual([path, 400, 'invalid_dpop_proof', 'dpop_replayed']);
    }
    const introspected = await bank.sdk.introspect(accessToken);
    expect(introspected).toMatchObject({ active: true, token_type: 'DPoP', cnf: decodeJwt(accessToken).cnf });
  });

  test('R24 · a refusal is recorded with what was presented, and shows neither token nor proof', async () => {
    const { accessToken: token } = await signIn(customer);
    const proof = await thief.proof('GET', '/auth/sessions', { token });
    await call(host, 'GET', '/auth/sessions', { headers: { authorization: `DPoP ${token}`, dpop: proof } });
    const event = await recorded(
      bank,
      { type: 'session.refused' },
      ({ code, facts }) => code === 'dpop_key_mismatch' && (facts as Json).presented === 'dpop',
    );
    expect(event).toMatchObject({ client: expect.any(String), clause: 'RFC 9449 §4.3 item 12', outcome: 'refused' });
    expect(JSON.stringify(event)).not.toContain(token.split('.')[2]);
    expect(JSON.stringify(event)).not.toContain(proof.split('.')[2]);
  });
});

describe('R6 · a refresh that is tried again', () => {
  test('R6 · with the same key within ten seconds gives the same successor, at any gateway and however many try', async () => {
    const { refreshToken } = await signIn(customer);
    const form = { grant_type: 'refresh_token', client_id: bank.native, refresh_token: refreshToken };
    const { won, lost } = await race(host, async (api) => {
      const headers = { ...named(bank.native), dpop: await own.proof('POST', '/oauth/token') };
      const { status, body } = await call({ urls: [api] }, 'POST', '/oauth/token', { headers, form });
      return [status, body.refresh_token];
    });
    expect(lost).toEqual([]);
    expect(new Set(won.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(won[0]).toEqual([200, expect.stringMatching(/^csr1\./)]);
    expect(won[0]![1]).not.toBe(refreshToken);
  });
});

describe('a nonce that policy asks for', () => {
  /** A nonce is that of three minutes of the clock: waits where the next ones begin within ten seconds. */
  async function nonceThatLasts(): Promise<void> {
    const left = 180_000 - (Date.now() % 180_000);
    if (left < 10_000) await sleep(left + 50);
  }

  test('RFC 9449 §8 · costs a sign-in one more request and no further gesture; the server’s SDK answers by itself', async () => {
    const strict = await createBank(host, { risk: CALM, dpop: { native: 'required', nonce: 'required' } });
    const { browser } = await createCustomer(host, strict, { client: strict.native });
    await nonceThatLasts();
    const credential = browser.assert(await optionsFor(browser));
    const verify = async (nonce?: string, headers: Record<string, string> = {}) =>
      call(host, 'POST', VERIFY, {
        headers: {
          ...named(strict.native),
          origin: browser.origin,
          dpop: await own.proof('POST', VERIFY, nonce === undefined ? {} : { nonce }),
          ...headers,
        },
        json: { credential },
      });
    const bare = await call(host, 'POST', VERIFY, {
      headers: { ...named(strict.native), origin: browser.origin },
      json: { credential },
    });
    expect([bare.status, bare.body.code]).toEqual([401, 'dpop_proof_missing']);
    const asked = await verify();
    expect(told(asked)).toEqual([401, 'dpop_nonce_required', `DPoP error="use_dpop_nonce", ${ALGS}`]);
    const nonce = asked.headers.get('dpop-nonce')!;
    const signedIn = await verify(nonce);
    expect([signedIn.status, signedIn.body.tokenType]).toEqual([200, 'DPoP']);
    expect(signedIn.headers.get('dpop-nonce')).toBe(nonce);
    const { clientId, secret } = strict.server;
    const sdk = new CountersignServer({ baseUrl: host.info.publicUrl, clientId, clientSecret: secret, dpop: true });
    expect(await sdk.introspect(String(signedIn.body.accessToken))).toMatchObject({ active: true, token_type: 'DPoP' });
  }, 60_000);
});
