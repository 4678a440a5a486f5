import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { faults, overhang } from './harness/axe.js';
import { atHome, becomeCustomer, newUserName, openSecurity } from './harness/customer.js';
import { newDevice, type Device } from './harness/device.js';
import { focused, tabTo } from './harness/keyboard.js';
import { longestAnimation } from './harness/longest-animation.js';
import { picture } from './harness/picture.js';
import { platform, signedIn, signedOut, type Scenes } from './harness/scenes.js';
import { button, drawn, heading, loaded } from './harness/screen.js';
import { stage } from './harness/stage.js';

const on = stage();

const WIDE = { width: 1280, height: 900 };
/** WCAG 1.4.10: 1280 pixels at 400 %. */
const NARROW = { width: 320, height: 700 };

/** The whole API on one page keeps axe busy, three times. */
const SCENE_MS = 180_000;

/** Switches the scheme, and waits until a page that follows by script has drawn it. */
async function inScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.waitForFunction(
    (wanted) => (document.documentElement.dataset.mantineColorScheme ?? wanted) === wanted,
    colorScheme,
  );
  await drawn(page);
}

/** Shows a scene in both schemes and narrow; axe looks at each. */
async function inspect(page: Page, name: string, show: Scenes[string]): Promise<void> {
  const found: Record<string, unknown> = {};
  await show(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await inScheme(page, colorScheme);
    found[colorScheme] = await faults(page);
    await picture(page, `${name} ${colorScheme}`);
  }
  await page.setViewportSize(NARROW);
  found['narrow'] = await faults(page);
  found['overhang'] = await overhang(page);
  await picture(page, `${name} narrow`);
  await page.setViewportSize(WIDE);
  expect(found).toEqual({ light: [], dark: [], narrow: [], overhang: 0 });
}

function cleanBrowser({ watch }: Device): void {
  // The one scene in which the platform is out of reach is noted by the browser itself.
  expect(watch.complaints.filter((complaint) => !complaint.endsWith('net::ERR_FAILED'))).toEqual([]);
  expect(watch.foreign).toEqual([]);
  expect(watch.requests.length).toBeGreaterThan(0);
}

const groups: [string, Scenes, prepare: boolean][] = [
  ['the bank, signed out', signedOut(on), false],
  ['the bank, signed in', signedIn(on), true],
  ['the platform', platform(on), false],
];

describe.each(groups)('%s', (_, scenes, prepare) => {
  let device: Device;
  beforeAll(async () => {
    device = await newDevice(on.browser, {}, { reducedMotion: 'reduce' });
    if (prepare) await becomeCustomer(device.page, on.demo.bank);
  });
  afterAll(() => device.context.close());

  test.each(Object.entries(scenes))(
    '%s · axe finds nothing, light, dark or narrow',
    (name, show) => inspect(device.page, name, show),
    SCENE_MS,
  );

  test('nothing came from elsewhere, and nothing complained', () => cleanBrowser(device));
});

describe('by keyboard alone', () => {
  const userName = newUserName();
  let device: Device;
  let page: Page;
  beforeAll(async () => {
    device = await newDevice(on.browser);
    page = device.page;
  });
  afterAll(() => device.context.close());

  test('becomes a customer; the focus goes in reading order and is seen at every stop', async () => {
    await page.goto(`${on.demo.bank}/join`);
    await heading(page, 'Step 1 of 2');
    expect(await tabTo(page, 'Full name')).toEqual(['Skip to content', 'Larkmoor Bank', 'Full name']);
    await page.keyboard.type('Ada Example');
    expect(await tabTo(page, 'User name')).toEqual(['User name']);
    await page.keyboard.type(userName);
    expect(await tabTo(page, 'Continue')).toEqual(['Continue']);
    await page.keyboard.press('Enter');
    await focused(page, 'Step 2 of 2');
    expect(await tabTo(page, 'Add a passkey')).toEqual(['Add a passkey']);
    await page.keyboard.press('Enter');
    await focused(page, 'Your passkey is ready');
    expect(await tabTo(page, 'Sign in now')).toEqual(['Sign in now']);
    await page.keyboard.press('Enter');
    await atHome(page);
  });

  test('the skip link leads past the header, and a dialog gives the focus back', async () => {
    await page.goto(`${on.demo.bank}/security`);
    await heading(page, 'Activity');
    // What is still being drawn would take the focus away with it.
    await loaded(page);
    await tabTo(page, 'Skip to content');
    await page.keyboard.press('Enter');
    // The focus follows the address with the next frame.
    await page.locator('main:focus').waitFor();
    expect(await tabTo(page, 'Add a passkey')).toEqual(['Add a passkey']);
    const remove = 'Remove Linux device';
    await tabTo(page, remove);
    await page.keyboard.press('Enter');
    // The dialog takes the focus, and gives it back, a moment after it is seen to open and close.
    await page.getByRole('dialog').locator(':focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await button(page, remove).and(page.locator(':focus')).waitFor();
  });

  test('signs out, and in again by user name and Enter', async () => {
    await page.goto(`${on.demo.bank}/account`);
    await atHome(page);
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await focused(page, 'Good to see you');
    await tabTo(page, 'User name');
    await page.keyboard.type(userName);
    await page.keyboard.press('Enter');
    await atHome(page);
  });
});

test('who asked for less motion sees none; who did not sees the dialog move in', async () => {
  const { page, context } = await newDevice(on.browser);
  await becomeCustomer(page, on.demo.bank);
  await openSecurity(page);
  await loaded(page);
  const longest = async (reducedMotion: 'reduce' | 'no-preference'): Promise<number> => {
    await page.emulateMedia({ reducedMotion });
    await drawn(page);
    await button(page, /^Remove /)
      .first()
      .waitFor();
    const duration = await page.evaluate(longestAnimation);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    return duration;
  };
  expect(await longest('no-preference')).toBeGreaterThan(50);
  expect(await longest('reduce')).toBeLessThan(1);
  await context.close();
});
