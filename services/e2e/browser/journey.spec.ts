import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actionHash } from '@countersign/sdk-node';
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
import { PATIENCE_MS, newDevice, type Device } from './harness/device.js';
import { stage } from './harness/stage.js';

const PAYEE = { name: 'Water works', iban: 'DE02120300000000202051' };

const on = stage();

/** A section of the security screen, by its heading. */
const section = (page: Page, name: string) => page.getByRole('region', { name });
const devicesOf = (page: Page) => section(page, 'Devices and passkeys').getByRole('listitem');

/** The log is read again until it has what just happened; it follows within a second or so. */
async function untilActivity(page: Page, text: string, count = 1): Promise<void> {
  const row = section(page, 'Activity').getByRole('listitem').filter({ hasText: text });
  for (const end = Date.now() + PATIENCE_MS; (await row.count()) < count;) {
    if (Date.now() > end) throw new Error(`the activity does not show '${text}' ${count} times`);
    await page.getByRole('button', { name: 'Refresh activity' }).click();
    await page.waitForTimeout(200);
  }
}

const bodyOf = (page: Page, path: string): Promise<string> =>
  page.waitForRequest((request) => request.url().endsWith(path)).then((request) => request.postData() ?? '');

/** The options that were asked for by name: the screen's own offer for the autofill may still be on its way. */
const namedRequest = (page: Page) =>
  page.waitForRequest((request) => request.url().endsWith('/v1/passkey/authenticate/options') && !!request.postData());

describe('one customer, from the first visit on', () => {
  const userName = newUserName();
  let device: Device;
  let page: Page;
  beforeAll(async () => {
    device = await newDevice(on.browser);
    page = device.page;
  });
  afterAll(() => device.context.close());

  test('BCB-1.packed BCB-1.ticket BCB-1.device · becomes a customer and adds a passkey that Chromium attests', async () => {
    await giveDetails(page, on.demo.bank, userName);
    const sent = bodyOf(page, '/v1/passkey/register/verify');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('heading', { name: 'Your passkey is ready' }).waitFor();
    const { credential } = JSON.parse(await sent) as { credential: { response: { attestationObject: string } } };
    const attestation = Buffer.from(credential.response.attestationObject, 'base64url');
    expect(attestation.toString('latin1')).toMatch(/fmt.packed.*x5c/s);
    expect(await device.authenticator.credentials()).toMatchObject([{ rpId: 'localhost', isResidentCredential: true }]);
  });

  test('BCB-2.named · signs in by user name, right after that', async () => {
    await page.getByRole('button', { name: 'Sign in now' }).click();
    await atHome(page);
    await page.waitForFunction((title) => document.title === title, 'Your account · Larkmoor Bank');
  });

  test('BCB-1.packed BCB-6.list · the device list says how the passkey was attested', async () => {
    const listed = page.waitForResponse((response) => response.url().endsWith('/v1/auth/devices'));
    await openSecurity(page);
    const { devices } = (await (await listed).json()) as { devices: object[] };
    expect(devices).toMatchObject([{ state: 'active', attestation: { format: 'packed' } }]);
    await expectTexts(devicesOf(page), ['Used for this session']);
  });

  test('NXG-10.list BCB-8.activity · sees this session, and the sign-in just made among the activity', async () => {
    await expectTexts(section(page, 'Where you are signed in').getByRole('listitem'), ['This device']);
    await untilActivity(page, 'Signed in');
    await untilActivity(page, 'Passkey added');
  });

  test('NXG-10.dead · is signed out, and the address of a customer’s page leads to the sign-in', async () => {
    await signOut(page);
    await page.goto(`${on.demo.bank}/security`);
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  test('BCB-2.named · signs in by the user name typed on the sign-in screen', async () => {
    const asked = namedRequest(page);
    await pressSignIn(page, userName);
    expect((await asked).postDataJSON()).toEqual({ userName });
    await atHome(page);
    await signOut(page);
  });

  test('BCB-2.discoverable · signs in without a user name', async () => {
    await pressSignIn(page);
    await atHome(page);
    await signOut(page);
  });

  test('TFA-4.autofill TFA-4.empty · picks the passkey in the autofill of the field, without typing or pressing anything', async () => {
    // The offer of the screen that is open would be taken as well.
    await page.goto('about:blank');
    await device.authenticator.pickFromAutofill();
    const asked = bodyOf(page, '/v1/passkey/authenticate/options');
    await page.goto(on.demo.bank);
    expect(await asked).toBe('');
    await atHome(page);
  });

  test('BCB-3.grant BCB-3.challenge RNB-4.actions · adds a payee by a passkey; the bank stores exactly what was confirmed', async () => {
    await page.getByRole('link', { name: 'Payees' }).click();
    await page.getByRole('button', { name: 'Add a payee' }).click();
    await page.getByLabel('Name of the payee').fill(PAYEE.name);
    await page.getByLabel('IBAN').fill('DE02 1203 0000 0000 2020 51');
    const confirmed = bodyOf(page, '/v1/auth/step-up/options');
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await page.getByText('was added to your payees').waitFor();
    const stored = on.demo.customers().find((customer) => customer.userName === userName)!.payees;
    expect(stored).toMatchObject([PAYEE]);
    const { name, iban } = stored[0]!;
    const hash = actionHash({ name: 'payee.add', parameters: { name, iban } });
    expect(JSON.parse(await confirmed)).toEqual({ action: { name: 'payee.add', hash } });
  });

  test('BCB-3.grant · what was changed on its way to the bank is not what was confirmed, and is refused', async () => {
    await page.route('**/api/payees', (route) => {
      const order = JSON.parse(route.request().postData() ?? '{}') as object;
      return route.continue({ postData: JSON.stringify({ ...order, iban: 'DE89370400440532013000' }) });
    });
    await page.getByRole('button', { name: 'Add a payee' }).click();
    await page.getByLabel('Name of the payee').fill('Electric company');
    await page.getByLabel('IBAN').fill('DE75512108001245126199');
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'not for exactly this' }).waitFor();
    await page.unroute('**/api/payees');
    expect(on.demo.customers().find((customer) => customer.userName === userName)!.payees).toHaveLength(1);
  });

  test('BCB-6.rename · gives the device another name', async () => {
    await openSecurity(page);
    await page.getByRole('button', { name: /^Rename / }).click();
    await page.getByLabel(/^New name for /).fill('Ada’s laptop');
    await page.getByRole('button', { name: 'Save' }).click();
    await expectTexts(devicesOf(page), ['Ada’s laptop']);
    await untilActivity(page, 'Passkey renamed');
  });

  test('BCB-6.suspend BCB-6.resume · adds a security key, suspends it, and resumes it by the first passkey', async () => {
    const key = await device.authenticator.plugInSecurityKey();
    const confirmed = bodyOf(page, '/v1/auth/step-up/options');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey was added.').waitFor();
    expect(JSON.parse(await confirmed)).toMatchObject({ action: { name: 'authenticator.add' } });
    expect(await key.credentials()).toHaveLength(1);
    await key.letGo();
    await expectTexts(devicesOf(page), ['Ada’s laptop', 'never used']);
    const added = devicesOf(page).nth(1);
    await added.getByRole('button', { name: /^Suspend / }).click();
    await added.getByText('Suspended').waitFor();
    await added.getByRole('button', { name: /^Resume / }).click();
    await added.getByRole('button', { name: /^Suspend / }).waitFor();
    await untilActivity(page, 'Passkey resumed');
  });

  test('BCB-6.revoke R29 · removes the second passkey, which asks for the first one', async () => {
    const confirmed = bodyOf(page, '/v1/auth/step-up/options');
    await devicesOf(page)
      .nth(1)
      .getByRole('button', { name: /^Remove / })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('was removed.').waitFor();
    expect(JSON.parse(await confirmed)).toMatchObject({ action: { name: 'authenticator.remove' } });
    await expectTexts(devicesOf(page), ['Ada’s laptop']);
    await untilActivity(page, 'Passkey removed');
  });

  test('nothing went wrong in the browser on the whole way', async () => {
    expect(device.watch.complaints).toEqual([]);
    expect(device.watch.foreign).toEqual([]);
    expect([...new Set(await device.watch.refusals())].sort()).toEqual([
      'DELETE /v1/auth/devices/{id} 401 step_up_required',
      'GET /v1/auth/session 401 credentials_missing',
      'POST /api/payees 403 confirmation_refused',
      'POST /v1/auth/devices/{id}/resume 401 step_up_required',
    ]);
  });
});

describe('the same customer in two browsers', () => {
  let laptop: Device;
  let tablet: Device;
  let userName: string;
  beforeAll(async () => {
    [laptop, tablet] = await Promise.all([newDevice(on.browser), newDevice(on.browser)]);
    userName = await becomeCustomer(laptop.page, on.demo.bank);
    // The copy is ahead of what it was made from: a passkey that a provider keeps in step.
    await laptop.authenticator.copyTo(tablet.authenticator, { ahead: 100 });
    await tablet.page.goto(on.demo.bank);
    await pressSignIn(tablet.page, userName);
    await atHome(tablet.page);
  });
  afterAll(() => Promise.all([laptop.context.close(), tablet.context.close()]));

  test('NXG-10.others NXG-10.dead · signing out everywhere else ends the other browser’s session at once', async () => {
    await openSecurity(laptop.page);
    const sessions = section(laptop.page, 'Where you are signed in');
    await expectTexts(sessions.getByRole('listitem'), ['', '']);
    await laptop.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await laptop.page.getByText('1 session was ended.').waitFor();
    await tablet.page.getByRole('link', { name: 'Payees' }).click();
    await tablet.page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    await tablet.page.getByText('You are signed out.').waitFor();
    await expectTexts(sessions.getByRole('listitem'), ['This device']);
  });

  test('BCB-8.activity · both sign-ins and the end of the other session are in the history', async () => {
    await untilActivity(laptop.page, 'Signed in', 2);
    await untilActivity(laptop.page, 'Session ended');
  });

  test('BCB-6.counter R30 · a counter going back shows that there are two, and neither opens the account any more', async () => {
    await signOut(laptop.page);
    await pressSignIn(laptop.page, userName);
    await laptop.page.getByRole('alert').filter({ hasText: 'The sign-in did not succeed' }).waitFor();
    await pressSignIn(tablet.page, userName);
    await tablet.page.getByRole('alert').waitFor();
    expect(new URL(tablet.page.url()).pathname).toBe('/');
  });
});

async function expectTexts(rows: ReturnType<Page['locator']>, texts: string[]): Promise<void> {
  for (const [at, text] of texts.entries()) await rows.nth(at).filter({ hasText: text }).waitFor();
  // Those that go are still drawn for a moment.
  await rows.nth(texts.length).waitFor({ state: 'detached' });
  expect(await rows.count()).toBe(texts.length);
}
