import { afterAll, beforeAll } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { Demo } from './demo.js';

const START_MS = 240_000;
const STOP_MS = 60_000;

export interface Stage {
  demo: Demo;
  browser: Browser;
}

/** The product and a Chromium for the tests of a file. The members are there once its tests run. */
export function stage(): Stage {
  const made = {} as Stage;
  beforeAll(async () => {
    made.demo = await Demo.start();
    made.browser = await launchChromium();
  }, START_MS);
  afterAll(async () => {
    await (made.browser as Browser | undefined)?.close();
    await (made.demo as Demo | undefined)?.stop();
  }, STOP_MS);
  return made;
}
