import type { ConsoleMessage, Page, Request, Response } from 'playwright-core';

/** The browser's own note of a refused answer. Refusals have a list of their own. */
const NOTE_OF_REFUSAL = 'Failed to load resource: the server responded with a status of';

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Everything a page says, asks for and trips over, from before its first line of code. */
export class Watch {
  /** Console errors and warnings, exceptions nobody caught, and what a page's own policy stopped. */
  readonly complaints: string[] = [];
  /** Every address asked for. */
  readonly requests: string[] = [];

  private readonly noted: string[] = [];
  private readonly noting: Promise<void>[] = [];

  private constructor() {}

  static async over(page: Page): Promise<Watch> {
    const watch = new Watch();
    page.on('console', (message) => watch.hear(message));
    page.on('pageerror', (error) => watch.complaints.push(`exception: ${error.message}`));
    page.on('request', (request: Request) => watch.requests.push(request.url()));
    page.on('response', (response) => watch.noting.push(watch.note(response)));
    await page.exposeFunction('countersignViolation', (what: string) => watch.complaints.push(`policy: ${what}`));
    await page.addInitScript(tellViolations);
    return watch;
  }

  /** Addresses asked for that are not on this machine. */
  get foreign(): string[] {
    return this.requests.filter((url) => !/^(http:\/\/localhost:\d+\/|data:|blob:)/.test(url));
  }

  /** Answers of 400 and above, each read to its end: `GET /v1/auth/session 401 session_unknown`. */
  async refusals(): Promise<string[]> {
    await Promise.all(this.noting);
    return this.noted;
  }

  private hear(message: ConsoleMessage): void {
    if (!['error', 'warning'].includes(message.type()) || message.text().startsWith(NOTE_OF_REFUSAL)) return;
    this.complaints.push(`${message.type()}: ${message.text()}`);
  }

  private async note(response: Response): Promise<void> {
    if (response.status() < 400) return;
    const path = new URL(response.url()).pathname.replace(UUID, '{id}');
    const body = (await response.json().catch(() => ({}))) as { code?: string };
    this.noted.push(`${response.request().method()} ${path} ${response.status()} ${body.code ?? ''}`.trimEnd());
  }
}

/** Runs in the page. */
function tellViolations(): void {
  const tell = (window as unknown as { countersignViolation(what: string): void }).countersignViolation;
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    tell(`${violatedDirective} ${blockedURI}`),
  );
}
