import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { becomeCustomer } from './harness/customer.js';
import { PATIENCE_MS, newDevice, type Device } from './harness/device.js';
import { stage } from './harness/stage.js';

const on = stage();

interface Invitation {
  link: string;
  pin?: string;
}
const invite = (name: string, ...flags: string[]): Promise<Invitation> =>
  on.demo.countersign('operator', 'invite', '--tenant', 'demo-bank', '--role', 'auditor', '--name', name, ...flags);

/** Presses Search again until its answer has what just happened: the log follows within a second or so. */
async function searchUntil(page: Page, found: () => Promise<boolean>): Promise<void> {
  const search = page.getByRole('button', { name: 'Search' });
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await page.waitForTimeout(200)) {
    await search.click();
    // It cannot be pressed until its answer is shown.
    await search.and(page.locator(':enabled')).waitFor();
    if (await found()) return;
  }
}

describe('the first operator of an installation', () => {
  let invitation: Invitation;
  let device: Device;
  beforeAll(async () => {
    const customer = await newDevice(on.browser);
    await becomeCustomer(customer.page, on.demo.bank);
    await customer.context.close();
    invitation = await invite('Grace Operator');
    device = await newDevice(on.browser);
  });
  afterAll(() => device.context.close());

  test('BCB-1.ticket · opens the one-time link that the command line printed, and adds a passkey', async () => {
    const { page } = device;
    await page.goto(invitation.link);
    await page.getByRole('heading', { name: 'Add your passkey' }).waitFor();
    expect(page.url()).toBe(`${on.demo.api}/operator`);
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await page.getByText('Your passkey is added').waitFor();
    expect(await device.authenticator.credentials()).toHaveLength(1);
  });

  test('BCB-2.discoverable · signs in with it', async () => {
    await device.page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await device.page.getByRole('heading', { name: 'Records' }).waitFor();
  });

  test('BCB-8.search · searches the bank’s events, and opens a leaf', async () => {
    const { page } = device;
    await page.getByLabel('Tenant').fill('demo-bank');
    await page.getByLabel('Type', { exact: true }).fill('session.established');
    const rows = page.getByRole('row').filter({ hasText: 'session.established' });
    // The journey of the start signed one person in, and the customer above was the second.
    await searchUntil(page, async () => (await rows.count()) >= 2);
    expect(await rows.count()).toBe(2);
    await rows.first().getByRole('button', { name: 'Leaf' }).click();
    const leaf = await page.locator('td.leaf pre').first().innerText();
    expect(JSON.parse(leaf)).toMatchObject({ type: 'session.established', outcome: 'success', v: 1 });
  });

  test('BCB-16.rows · another tenant’s records are not there for this operator', async () => {
    const { page } = device;
    await page.getByLabel('Tenant').fill('some-other-bank');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('alert').waitFor();
    expect((await device.watch.refusals()).at(-1)).toMatch(/^GET \/v1\/audit\/events 40[34] /);
  });

  test('R4 · the link is dead once it was used, in the same browser and in another', async () => {
    const other = await newDevice(on.browser);
    for (const { page, authenticator } of [device, other]) {
      const had = (await authenticator.credentials()).length;
      await page.goto('about:blank');
      await page.goto(invitation.link);
      await page.getByRole('button', { name: 'Add passkey' }).click();
      await page.getByRole('alert').waitFor();
      expect(await authenticator.credentials()).toHaveLength(had);
    }
    expect(await other.watch.refusals()).toContain('POST /v1/enrollment-tickets/open 401 ticket_refused');
    await other.context.close();
  });

  test('nothing went wrong in the browser on the whole way', () => {
    expect(device.watch.complaints).toEqual([]);
    expect(device.watch.foreign).toEqual([]);
  });
});

test('BCB-1.ticket · a link with a PIN asks for it, and a wrong PIN opens nothing', async () => {
  const { link, pin } = await invite('Edsger Operator', '--pin');
  const { page, context, authenticator } = await newDevice(on.browser);
  await page.goto(link);
  const add = page.getByRole('button', { name: 'Add passkey' });
  await add.click();
  await page.getByLabel('PIN').fill(pin === '000000' ? '111111' : '000000');
  await add.click();
  await page.getByRole('alert').filter({ hasText: 'PIN' }).waitFor();
  expect(await authenticator.credentials()).toEqual([]);
  await page.getByLabel('PIN').fill(pin!);
  await add.click();
  await page.getByText('Your passkey is added').waitFor();
  await context.close();
});
