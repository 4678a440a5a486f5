import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  addDevice,
  createBank,
  createCustomer,
  eventually,
  grantFor,
  ORIGIN,
  recorded,
  refusal,
  refusedWith,
  sharedHost,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import { SoftAuthenticator } from '@countersign/testing';

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

async function signedIn(): Promise<Customer & { device: string }> {
  const customer = await createCustomer(host, bank);
  const { device } = await customer.browser.signIn();
  return { ...customer, device: String(device) };
}

/** A person whose only passkey counts its uses. */
async function counting(): Promise<{ browser: Browser; credentialId: string; device: string; subject: string }> {
  const { id: subject } = await bank.sdk.createSubject({
    reference: `counting-${Math.random()}`,
    displayName: 'A Person',
  });
  const browser = new Browser(host.urls[0]!, bank.web, ORIGIN, new SoftAuthenticator({ counter: 'increment' }));
  await browser.openTicket((await bank.sdk.issueTicket(subject)).ticket);
  const { device } = (await browser.register('Counting key')) as { device: { id: string; credentialId: string } };
  return { browser, subject, device: device.id, credentialId: device.credentialId };
}

const devicesOf = async (browser: Browser): Promise<Json[]> =>
  (await browser.request<{ devices: Json[] }>('GET', '/auth/devices')).devices;
const stateOf = async (browser: Browser, id: string): Promise<unknown> =>
  (await devicesOf(browser)).find((device) => device.id === id)?.state;
const change = (browser: Browser, method: string, path: string, grant = ''): Promise<Json> =>
  browser.request(
    method,
    `/auth/devices/${path}`,
    method === 'DELETE' ? undefined : {},
    grant ? { 'countersign-grant': grant } : {},
  );

describe('the list', () => {
  test('BCB-6.list · a person sees their devices with what is known of each, and what the browser may keep', async () => {
    const customer = await signedIn();
    const second = await addDevice(host, bank, customer);
    const answer = await customer.browser.request<{
      devices: Json[];
      signals: { allAcceptedCredentials: { allAcceptedCredentialIds: string[] } };
    }>('GET', '/auth/devices');
    expect(answer.devices.map(({ id }) => id).sort()).toEqual([customer.device, second.id].sort());
    for (const device of answer.devices) {
      expect(device).toMatchObject({
        state: 'active',
        name: expect.any(String),
        createdAt: expect.any(String),
        platform: expect.any(String),
      });
    }
    expect(answer.signals.allAcceptedCredentials.allAcceptedCredentialIds.sort()).toEqual(
      answer.devices.map(({ credentialId }) => credentialId).sort(),
    );
  });

  test('BCB-6.list · the last use of a device appears after a sign-in with it', async () => {
    const { browser, device } = await signedIn();
    await recorded(bank, { type: 'session.established', about: device });
    const shown = await eventually('the last use', async () =>
      (await devicesOf(browser)).find(({ lastUsedAt }) => lastUsedAt),
    );
    expect(Date.parse(String(shown.lastUsedAt))).toBeGreaterThan(Date.parse(String(shown.createdAt)) - 1);
  });

  test('BCB-6.rename · a new name is on the list, and an event says so without the name', async () => {
    const { browser, device } = await signedIn();
    await browser.request('PATCH', `/auth/devices/${device}`, { name: 'Work laptop é' });
    expect((await devicesOf(browser))[0]!.name).toBe('Work laptop é');
    const event = await recorded(bank, { type: 'credential.renamed', about: device });
    expect(JSON.stringify(event)).not.toContain('laptop');
    for (const name of ['', ' ', 'x'.repeat(65), 'a\u0007b']) {
      expect((await refusal(browser.request('PATCH', `/auth/devices/${device}`, { name }))).status).toBe(400);
    }
  });
});

describe('suspended, resumed, revoked', () => {
  test('BCB-6.suspend · a suspended device signs nobody in, and its sessions are over at once', async () => {
    const customer = await signedIn();
    const { app, id } = await addDevice(host, bank, customer);
    await app.signIn();
    expect((await change(customer.browser, 'POST', `${id}/suspend`)).state).toBe('suspended');
    expect(await refusedWith(app.request('GET', '/auth/session'))).toBe('session_ended');
    app.accessToken = undefined;
    expect(await refusedWith(app.signIn())).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused', about: id }, ({ code }) => code === 'credential_not_active');
    expect(await stateOf(customer.browser, id)).toBe('suspended');
  });

  test('BCB-6.resume R29 · resuming asks for a grant for exactly this device', async () => {
    const customer = await signedIn();
    const { app, id } = await addDevice(host, bank, customer);
    await change(customer.browser, 'POST', `${id}/suspend`);
    expect(await refusedWith(change(customer.browser, 'POST', `${id}/resume`))).toBe('step_up_required');
    const wrong = await grantFor(customer.browser, 'authenticator.resume', { id: customer.device });
    expect(await refusedWith(change(customer.browser, 'POST', `${id}/resume`, wrong))).toBe('grant_refused');
    const right = await grantFor(customer.browser, 'authenticator.resume', { id });
    expect((await change(customer.browser, 'POST', `${id}/resume`, right)).state).toBe('active');
    // What was begun within five seconds of a suspension counts as begun before it: clocks of two databases may differ.
    const again = await eventually('a sign-in', () => app.signIn().catch(() => undefined));
    expect(again.device).toBe(id);
    await inHistory(customer.browser, 'credential.resumed', id);
  });

  test('BCB-6.revoke R29 · removing asks for a grant, is for good and ends the device’s sessions', async () => {
    const customer = await signedIn();
    const { app, id } = await addDevice(host, bank, customer);
    await app.signIn();
    expect(await refusedWith(change(customer.browser, 'DELETE', id))).toBe('step_up_required');
    const adding = await grantFor(customer.browser, 'authenticator.add');
    expect(await refusedWith(change(customer.browser, 'DELETE', id, adding))).toBe('grant_refused');
    const grant = await grantFor(customer.browser, 'authenticator.remove', { id });
    await change(customer.browser, 'DELETE', id, grant);
    expect(await refusedWith(app.request('GET', '/auth/session'))).toBe('session_ended');
    app.accessToken = undefined;
    expect(await refusedWith(app.signIn())).toBe('authentication_failed');
    expect(await stateOf(customer.browser, id)).toBeUndefined();
    expect(await refusedWith(change(customer.browser, 'DELETE', id, grant))).toMatch(/^(conflict|grant_refused)$/);
    await inHistory(customer.browser, 'credential.revoked', id);
  });

  test('R29 · a grant changes one device once', async () => {
    const customer = await signedIn();
    const { id } = await addDevice(host, bank, customer);
    const grant = await grantFor(customer.browser, 'authenticator.resume', { id });
    await change(customer.browser, 'POST', `${id}/suspend`);
    await change(customer.browser, 'POST', `${id}/resume`, grant);
    await change(customer.browser, 'POST', `${id}/suspend`);
    expect(await refusedWith(change(customer.browser, 'POST', `${id}/resume`, grant))).toBe('grant_refused');
  });
});

describe('the counter', () => {
  test('BCB-6.counter R2 · a counter that goes back after a valid signature suspends the device for good', async () => {
    const { browser, credentialId, device } = await counting();
    await browser.signIn();
    const other = await signedInCopy(browser);
    browser.authenticator.setCounter(credentialId, 0);
    expect(await refusedWith(browser.signIn())).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused', about: device }, ({ code }) => code === 'counter_replayed');
    await recorded(bank, { type: 'credential.suspended', about: device });
    expect(await refusedWith(other.request('GET', '/auth/session'))).toBe('session_ended');
    browser.authenticator.setCounter(credentialId, 1_000);
    expect(await refusedWith(browser.signIn())).toBe('authentication_failed');
  });

  test('BCB-6.counter R2 · a drop to zero counts as going back', async () => {
    const { browser, credentialId, device } = await counting();
    await browser.signIn();
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const zero = browser.authenticator.authenticate(options as never, { origin: ORIGIN, alter: { counter: 0 } });
    const answer = browser.request('POST', '/passkey/authenticate/verify', { credential: zero as unknown as Json });
    expect(await refusedWith(answer)).toBe('authentication_failed');
    await recorded(bank, { type: 'credential.suspended', about: device });
    expect(credentialId).not.toBe('');
  });

  test('BCB-6.counter · a key whose counter was replayed is not resumed, only enrolled again', async () => {
    const { browser, credentialId, device, subject } = await counting();
    await browser.signIn();
    const fresh = new Browser(host.urls[0]!, bank.web, ORIGIN);
    await fresh.openTicket((await bank.sdk.issueTicket(subject)).ticket);
    await fresh.register('Another');
    await fresh.signIn();
    browser.authenticator.setCounter(credentialId, 0);
    await refusedWith(browser.signIn());
    const grant = await grantFor(fresh, 'authenticator.resume', { id: device });
    expect(await refusedWith(change(fresh, 'POST', `${device}/resume`, grant))).toBe('credential_compromised');
  });

  test('R30 · a stranger’s invalid signature with a low counter changes nothing', async () => {
    const { browser, device } = await counting();
    await browser.signIn();
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const alter = { counter: 0, signature: (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(7, 8) };
    const forged = browser.authenticator.authenticate(options as never, { origin: ORIGIN, alter });
    const answer = browser.request('POST', '/passkey/authenticate/verify', { credential: forged as unknown as Json });
    expect(await refusedWith(answer)).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused', about: device }, ({ code }) => code === 'signature_invalid');
    await browser.signIn();
    expect(await stateOf(browser, device)).toBe('active');
  });
});

/** A second session of the same person with the same key. */
async function signedInCopy(browser: Browser): Promise<Browser> {
  const other = new Browser(browser.api, browser.clientId, browser.origin, browser.authenticator);
  await other.signIn();
  return other;
}

async function inHistory(browser: Browser, type: string, device: string): Promise<void> {
  await recorded(bank, { type, about: device });
  const { events } = await browser.request<{ events: Json[] }>('GET', '/auth/activity');
  expect(events).toContainEqual(expect.objectContaining({ type, device }));
}
