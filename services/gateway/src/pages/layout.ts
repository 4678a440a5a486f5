import { html, type Html } from './html.js';

export interface Page {
  title: string;
  /** Which entry of the header this page is. */
  current: 'api' | 'errors';
  navigation: Html;
  main: Html;
}

const entry = (href: string, name: string, current: boolean): Html =>
  current ? html`<a href="${href}" aria-current="page">${name}</a>` : html`<a href="${href}">${name}</a>`;

/** The frame of a page of documentation: complete without scripts, everything local. */
export const layout = ({ title, current, navigation, main }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Countersign</title>
        <link rel="icon" href="/assets/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/pages.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="name" href="/docs"><img src="/assets/mark.svg" alt="" width="28" height="28" />Countersign</a>
          <nav aria-label="Documentation">
            ${entry('/docs', 'API', current === 'api')}${entry('/docs/errors', 'Errors', current === 'errors')}<a
              href="/v1/openapi.json"
              >OpenAPI</a
            >
          </nav>
        </header>
        <div class="columns">
          <nav class="side" aria-label="On this page">${navigation}</nav>
          <main id="main">${main}</main>
        </div>
      </body>
    </html> `.text;
