import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe adds about colours. */
interface Contrast {
  contrastRatio?: number;
  fgColor?: string;
  bgColor?: string;
}

/** Every fault axe finds in what is shown: `color-contrast: #older (3.2, #777 on #fff)`. All rules, best practices too. */
export async function faults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] });
    const colours = (data: Contrast = {}): string =>
      data.contrastRatio === undefined ? '' : ` (${data.contrastRatio}, ${data.fgColor} on ${data.bgColor})`;
    return violations.map(({ id, nodes }) => {
      const places = nodes.map(({ target, any }) => `${target.join(' ')}${colours(any[0]?.data as Contrast)}`);
      return `${id}: ${places.join(', ')}`;
    });
  });
}

/** How much wider than the window the page is, pixels. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
