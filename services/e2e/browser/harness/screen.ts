import type { Page } from 'playwright-core';

export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
export const heading = (page: Page, name: string) => page.getByRole('heading', { name }).first().waitFor();
/** A screen is there before what it loads: that says so until it comes. */
export const loaded = (page: Page) => page.getByText('Loading…').first().waitFor({ state: 'detached' });

/** Waits until what the page was told of the media has been drawn. */
export const drawn = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
