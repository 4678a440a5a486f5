import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

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
export async function tabTo(page: Page, name: string): Promise<string[]> {
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
export const focused = (page: Page, name: string) =>
  page.getByRole('heading', { name }).and(page.locator(':focus')).waitFor();
