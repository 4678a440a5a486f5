import type { Page } from 'playwright-core';
import { giveDetails, newUserName, openSecurity, pressSignIn } from './customer.js';
import { button, heading, loaded } from './screen.js';
import type { Stage } from './stage.js';

/** One thing a person can be shown. Each goes on from the one before. */
export type Scenes = Record<string, (page: Page) => Promise<unknown>>;

export const signedOut = (on: Stage): Scenes => ({
  'sign-in': (page) => page.goto(on.demo.bank).then(() => heading(page, 'Sign in')),
  'sign-in that failed': (page) => pressSignIn(page).then(() => page.getByRole('alert').waitFor()),
  join: (page) => page.goto(`${on.demo.bank}/join`).then(() => heading(page, 'Step 1 of 2')),
  'join with faults': (page) => button(page, 'Continue').click(),
  'join, second step': (page) => giveDetails(page, on.demo.bank, newUserName()),
  'join, done': (page) =>
    button(page, 'Add a passkey')
      .click()
      .then(() => heading(page, 'Your passkey is ready')),
  'no such page': (page) => page.goto(`${on.demo.bank}/nowhere`).then(() => heading(page, 'There is no such page')),
  'platform out of reach': async (page) => {
    await page.route(`${on.demo.api}/**`, (route) => route.abort());
    await page.goto(on.demo.bank);
    await heading(page, 'We cannot be reached');
    await page.unroute(`${on.demo.api}/**`);
  },
});

export const signedIn = (on: Stage): Scenes => ({
  account: (page) => page.goto(`${on.demo.bank}/account`).then(() => heading(page, 'Recent transfers')),
  'transfer without a payee': (page) =>
    button(page, 'New transfer')
      .click()
      .then(() => heading(page, 'New transfer'))
      .then(() => loaded(page)),
  'no payees': (page) =>
    page
      .getByRole('link', { name: 'Payees' })
      .click()
      .then(() => page.getByText('nobody here yet').waitFor()),
  'add a payee': (page) =>
    button(page, 'Add a payee')
      .click()
      .then(() => heading(page, 'Add a payee')),
  'add a payee with faults': (page) => button(page, 'Confirm with a passkey').click(),
  payees: async (page) => {
    await page.getByLabel('Name of the payee').fill('Water works');
    await page.getByLabel('IBAN').fill('DE02 1203 0000 0000 2020 51');
    await button(page, 'Confirm with a passkey').click();
    await page.getByText('was added to your payees').waitFor();
    await loaded(page);
  },
  transfer: (page) => page.goto(`${on.demo.bank}/transfer`).then(() => page.getByLabel('Amount').waitFor()),
  'transfer, too much': async (page) => {
    await page.getByLabel('Amount').fill('99999');
    await button(page, 'Transfer').click();
    await page.getByRole('alert').waitFor();
  },
  'account after a transfer': async (page) => {
    await page.getByLabel('Amount').fill('64.90');
    await page.getByLabel('Reference').fill('Invoice 2026-11');
    await button(page, 'Transfer').click();
    await page.getByText('was transferred').waitFor();
    await loaded(page);
  },
  security: async (page) => {
    await openSecurity(page);
    await loaded(page);
    await page.getByText('Signed in', { exact: true }).first().waitFor();
  },
  'security, renaming': (page) =>
    button(page, /^Rename /)
      .first()
      .click(),
  'security, asked before removing': async (page) => {
    await button(page, 'Cancel').click();
    await button(page, /^Remove /)
      .first()
      .click();
    await page.getByRole('dialog').waitFor();
  },
  'security, a device that is known': async (page) => {
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await button(page, 'Add a passkey').click();
    await page.getByRole('alert').waitFor();
  },
});

export const platform = (on: Stage): Scenes => ({
  docs: (page) => page.goto(`${on.demo.api}/docs`),
  'docs errors': (page) => page.goto(`${on.demo.api}/docs/errors`),
  'operator, sign-in': (page) => page.goto(`${on.demo.api}/operator`).then(() => heading(page, 'Sign in')),
  'operator, link that is dead': async (page) => {
    await page.goto('about:blank');
    await page.goto(`${on.demo.api}/operator#ticket=${'x'.repeat(43)}`);
    await button(page, 'Add passkey').click();
    await page.getByRole('alert').waitFor();
  },
  'operator, records': async (page) => {
    const flags = ['--tenant', 'demo-bank', '--role', 'auditor', '--name', 'Grace Operator'];
    const { link } = await on.demo.countersign<{ link: string }>('operator', 'invite', ...flags);
    await page.goto('about:blank');
    await page.goto(link);
    await button(page, 'Add passkey').click();
    await button(page, 'Sign in with a passkey').click();
    await heading(page, 'Records');
  },
  'operator, events': async (page) => {
    await page.getByLabel('Tenant').fill('demo-bank');
    await button(page, 'Search').click();
    await button(page, 'Leaf').first().click();
  },
});
