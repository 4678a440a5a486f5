import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';

/** A name nobody has yet, of the form the demo bank takes. */
export const newUserName = (): string => `ada-${randomBytes(5).toString('hex')}`;

/** Fills in the first step of becoming a customer, and has the ticket opened. */
export async function giveDetails(page: Page, bank: string, userName: string): Promise<void> {
  await page.goto(`${bank}/join`);
  await page.getByLabel('Full name').fill('Ada Example');
  await page.getByLabel('User name').fill(userName);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Step 2 of 2' }).waitFor();
}

/** Becomes a customer with a passkey on this device, and signs in with it. @returns the user name */
export async function becomeCustomer(page: Page, bank: string): Promise<string> {
  const userName = newUserName();
  await giveDetails(page, bank, userName);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Sign in now' }).click();
  await atHome(page);
  return userName;
}

/** Waits until the person is signed in and sees the account. */
export const atHome = (page: Page): Promise<void> => page.getByText('Hello, Ada Example').waitFor();

/** Ends the session by the button in the header. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
}

/** Presses the button of the sign-in screen. @param userName absent: whatever passkey this device offers */
export async function pressSignIn(page: Page, userName = ''): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
}

/** Opens the screen of devices, sessions and activity, by its link. */
export async function openSecurity(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('heading', { name: 'Activity' }).waitFor();
}
