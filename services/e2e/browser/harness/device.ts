import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { Authenticator, type AuthenticatorKind } from './authenticator.js';
import { Watch } from './watch.js';

/** Waiting longer than this means that something does not work; a busy machine may pause for seconds. */
export const PATIENCE_MS = 30_000;

/** A device with a browser of its own: its own cookies, its own authenticator, one page. */
export interface Device {
  context: BrowserContext;
  page: Page;
  authenticator: Authenticator;
  watch: Watch;
}

/** @param kind of the authenticator; a laptop's with a fingerprint reader unless told */
export async function newDevice(
  browser: Browser,
  kind: AuthenticatorKind = {},
  options: BrowserContextOptions = {},
): Promise<Device> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const watch = await Watch.over(page);
  const authenticator = await Authenticator.builtInto(page, kind);
  return { context, page, authenticator, watch };
}
