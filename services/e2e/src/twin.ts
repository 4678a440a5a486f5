import { Browser } from '@countersign/standalone';

/**
 * Another tab of the same browser, or the same browser behind another gateway: it begins with the same cookies, tokens and
 * authenticator, and what it is answered stays its own.
 */
export function twin(browser: Browser, api = browser.api): Browser {
  const other = new Browser(api, browser.clientId, browser.origin, browser.authenticator);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  const { csrf, accessToken, refreshToken, enrollmentToken } = browser;
  return Object.assign(other, { csrf, accessToken, refreshToken, enrollmentToken });
}
