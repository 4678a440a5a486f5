import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  atHome,
  becomeCustomer,
  giveDetails,
  newUserName,
  openSecurity,
  pressSignIn,
  signOut,
} from './harness/customer.js';
import { PATIENCE_MS, newDevice } from './harness/device.js';
import { stage } from './harness/stage.js';

const on = stage();
const alertWith = (page: Page, text: string): Promise<void> =>
  page.getByRole('alert').filter({ hasText: text }).waitFor();

describe('what the authenticator can do', () => {
  test('BCB-1.packed BCB-2.discoverable · a key that keeps passkeys signs in without a user name', async () => {
    const { page, context, authenticator } = await newDevice(on.browser, { hasResidentKey: true });
    await becomeCustomer(page, on.demo.bank);
    expect(await authenticator.credentials()).toMatchObject([{ isResidentCredential: true }]);
    await signOut(page);
    await pressSignIn(page);
    await atHome(page);
    await context.close();
  });

  test('BCB-1.packed BCB-2.named · a key that keeps nothing signs in by user name, and not without', async () => {
    const { page, context, authenticator } = await newDevice(on.browser, { hasResidentKey: false });
    const userName = await becomeCustomer(page, on.demo.bank);
    expect(await authenticator.credentials()).toMatchObject([{ isResidentCredential: false }]);
    await signOut(page);
    await pressSignIn(page);
    await alertWith(page, 'cancelled or ran out of time');
    await pressSignIn(page, userName);
    await atHome(page);
    await context.close();
  });

  test('R10 · a device that cannot check who uses it adds no passkey, and is told what to do', async () => {
    const { page, context, authenticator } = await newDevice(on.browser, { hasUserVerification: false });
    await giveDetails(page, on.demo.bank, newUserName());
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toMatch(/screen lock|another device|cancelled/);
    expect(await authenticator.credentials()).toEqual([]);
    await context.close();
  });

  test('R10 · a page that asks without user verification gets an assertion, and the platform refuses it', async () => {
    const { page, context, authenticator, watch } = await newDevice(on.browser);
    const userName = await becomeCustomer(page, on.demo.bank);
    await signOut(page);
    await authenticator.verifiesUser(false);
    await weakenRequests(page);
    await page.reload();
    await pressSignIn(page, userName);
    await alertWith(page, 'The sign-in did not succeed');
    expect(await watch.refusals()).toContain('POST /v1/passkey/authenticate/verify 401 authentication_failed');
    await context.close();
  });

  test('BCB-1.device · a device that holds a passkey already adds no second one', async () => {
    const { page, context, authenticator } = await newDevice(on.browser);
    await becomeCustomer(page, on.demo.bank);
    await openSecurity(page);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await alertWith(page, 'already holds a passkey for you');
    expect(await authenticator.credentials()).toHaveLength(1);
    await context.close();
  });
});

/** A page in the hands of somebody who would do without: user verification is taken out of every request. */
const weakenRequests = (page: Page) =>
  page.addInitScript(() => {
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
      if (options?.publicKey) options.publicKey.userVerification = 'discouraged';
      return get(options);
    };
  });

describe('pages of other origins', () => {
  let stranger: PageServer;
  let framed: PageServer;
  let client: string;
  beforeAll(async () => {
    [stranger, framed] = await Promise.all([servePages(), servePages()]);
    const name = 'A page that others may frame';
    const flags = ['--tenant', 'demo-bank', '--name', name, '--type', 'web', '--origin', framed.origin];
    const { application } = await on.demo.countersign<{ application: { clientId: string } }>(
      'application',
      'create',
      ...flags,
    );
    client = application.clientId;
  });
  afterAll(() => {
    for (const { server } of [stranger, framed]) server.close();
  });

  test('BCB-9.gateway · a page of an unknown origin reads no answer of the API, cookie or not', async () => {
    const { page, context, watch } = await newDevice(on.browser);
    await becomeCustomer(page, on.demo.bank);
    const { clientId } = (await (await page.request.get(`${on.demo.bank}/api/settings`)).json()) as {
      clientId: string;
    };
    await page.goto(stranger.origin);
    const call = `${on.demo.api}/v1/auth/session`;
    const outcome = await page.evaluate(
      ([url, id]) =>
        fetch(url!, { credentials: 'include', headers: { 'Countersign-Client': id! } }).then(
          (answer) => `read ${answer.status}`,
          (error: Error) => error.name,
        ),
      [call, clientId],
    );
    expect(outcome).toBe('TypeError');
    expect(watch.complaints.join()).toContain('CORS policy');
    await context.close();
  });

  test('R11 · a frame in a page of another origin signs nobody in, and the same page by itself does', async () => {
    const { page, context } = await newDevice(on.browser);
    const userName = await becomeCustomer(page, on.demo.bank);
    await signOut(page);
    const signIn = { api: on.demo.api, client, userName };
    await untilKnown(page, signIn, framed.origin);
    await page.goto(`${stranger.origin}/frame?${framed.origin}`);
    const frame = page.frame({ url: `${framed.origin}/` })!;
    expect(await frame.evaluate(signInHere, signIn)).toBe('401 authentication_failed');
    await page.goto(framed.origin);
    expect(await page.evaluate(signInHere, signIn)).toBe('200 ');
    await context.close();
  });

  test('R11 · the bank’s own pages and the operators’ let nobody frame them', async () => {
    const { page, context, watch } = await newDevice(on.browser);
    for (const address of [on.demo.bank, `${on.demo.api}/operator`]) {
      await page.goto(`${stranger.origin}/frame?${address}`);
      const frame = page.frames().at(-1)!;
      await frame.waitForURL('chrome-error://chromewebdata/');
    }
    expect(watch.complaints.filter((complaint) => complaint.includes('frame-ancestors'))).not.toEqual([]);
    await context.close();
  });
});

interface SignIn {
  api: string;
  client: string;
  userName: string;
}

/** Runs in a page or a frame. @returns status and code of the platform's answer */
async function signInHere({ api, client, userName }: SignIn): Promise<string> {
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${api}/v1/passkey/authenticate/${path}`, {
      method: 'POST',
      credentials: 'include',
      headers: { 'Content-Type': 'application/json', 'Countersign-Client': client },
      body: JSON.stringify(body),
    });
  const options = (await (await post('options', { userName })).json()) as PublicKeyCredentialRequestOptionsJSON;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const answer = await post('verify', { credential: credential.toJSON() });
  const { code } = (await answer.json()) as { code?: string };
  return `${answer.status} ${code ?? ''}`;
}

/** Every service follows the control plane within a moment. */
async function untilKnown(page: Page, { api, client, userName }: SignIn, origin: string): Promise<void> {
  const headers = { 'Countersign-Client': client, Origin: origin };
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await page.waitForTimeout(100)) {
    const answer = await page.request.post(`${api}/v1/passkey/authenticate/options`, { headers, data: { userName } });
    if (answer.ok()) return;
  }
  throw new Error('the new application did not become known');
}

interface PageServer {
  server: Server;
  origin: string;
}

/** An origin with an empty page, and `/frame?ADDRESS` with another page in a frame that may use passkeys. */
async function servePages(): Promise<PageServer> {
  const server = createServer(({ url = '/' }, response) => {
    const address = url.split('?')[1];
    const allowed = 'publickey-credentials-get *';
    const frame = address ? `<iframe src="${address}" allow="${allowed}"></iframe>` : '';
    const icon = '<link rel="icon" href="data:,">';
    response
      .setHeader('Content-Type', 'text/html; charset=utf-8')
      .end(`<!doctype html><title>A page</title>${icon}${frame}`);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
}
