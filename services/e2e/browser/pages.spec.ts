import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { faults, overhang } from './harness/axe.js';
import { atHome, becomeCustomer, giveDetails, newUserName, openSecurity, pressSignIn } from './harness/customer.js';
import { newDevice, type Device } from './harness/device.js';
import { picture } from './harness/picture.js';
import { stage } from './harness/stage.js';

const on = stage();

const WIDE = { width: 1280, height: 900 };
/** WCAG 1.4.10: 1280 pixels at 400 %. */
const NARROW = { width: 320, height: 700 };

/** The whole API on one page keeps axe busy, three times. */
const SCENE_MS = 60_000;

/** One thing a person can be shown. Each goes on from the one before. */
type Scenes = Record<string, (page: Page) => Promise<unknown>>;

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).first().waitFor();
/** A screen is there before what it loads: that says so until it comes. */
const loaded = (page: Page) => page.getByText('Loading…').first().waitFor({ state: 'detached' });

const SIGNED_OUT: Scenes = {
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
};

const SIGNED_IN: Scenes = {
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
};

const PLATFORM: Scenes = {
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
};

/** Switches the scheme, and waits until a page that follows by script has drawn it. */
async function inScheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.waitForFunction(
    (wanted) => (document.documentElement.dataset.mantineColorScheme ?? wanted) === wanted,
    colorScheme,
  );
  await drawn(page);
}

/** Waits until what the page was told of the media has been drawn. */
const drawn = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

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
  ['the bank, signed out', SIGNED_OUT, false],
  ['the bank, signed in', SIGNED_IN, true],
  ['the platform', PLATFORM, false],
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

interface Stop {
  name: string;
  outline: number;
  inView: boolean;
}

/** Presses Tab; where the focus is now, and how it shows. */
async function tab(page: Page): Promise<Stop> {
  await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { top, bottom } = element.getBoundingClientRect();
    const label = (element as HTMLInputElement).labels?.[0]?.innerText;
    return {
      name: (label ?? element.getAttribute('aria-label') ?? element.innerText).replace('*', '').trim(),
      outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth),
      inView: top >= 0 && bottom <= innerHeight,
    };
  });
}

/** Tabs until the named stop; every stop on the way shows the focus where it can be seen. */
async function tabTo(page: Page, name: string): Promise<string[]> {
  const passed: string[] = [];
  while (passed.at(-1) !== name) {
    const stop = await tab(page);
    passed.push(stop.name);
    expect(stop).toEqual({ name: stop.name, outline: expect.any(Number), inView: true });
    expect([stop.name, stop.outline >= 2]).toEqual([stop.name, true]);
    if (passed.length > 20) throw new Error(`no way to '${name}': ${passed.join(', ')}`);
  }
  return passed;
}

/** Waits for a heading that takes the focus: it has it a moment after it is seen. */
const focused = (page: Page, name: string) => page.getByRole('heading', { name }).and(page.locator(':focus')).waitFor();

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

/**
 * Runs in the page: opens the dialog of the first device and watches it come. What a change sets in motion is seen with the
 * change: between two frames a machine may pause for longer than a motion lasts.
 *
 * @returns the longest animation, milliseconds
 */
async function longestAnimation(): Promise<number> {
  let longest = 0;
  const look = (): void => {
    const durations = document.getAnimations().map(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0));
    longest = Math.max(longest, ...durations);
  };
  const changes = new MutationObserver(look);
  changes.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
  document.querySelector<HTMLElement>('[aria-label^="Remove "]')!.click();
  for (let frames = Infinity; frames > 0; frames--) {
    await new Promise(requestAnimationFrame);
    if (frames === Infinity && document.querySelector('[role="dialog"]')) frames = 25;
  }
  changes.disconnect();
  return longest;
}
