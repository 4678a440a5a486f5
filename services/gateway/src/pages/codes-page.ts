import { allCodes } from '../openapi/errors-page.js';
import { html, prose } from './html.js';
import { layout } from './layout.js';

/** `/docs/errors`: every code with cause and remedy; the `type` of a problem document leads to its section here. */
export function codesPage(): string {
  const codes = allCodes();
  const navigation = html`<ul>
    ${codes.map(({ code }) => html`<li><a href="#${code}">${code}</a></li>`)}
  </ul>`;
  const main = html`<h1>Errors</h1>
    <p class="lead">Every refusal is a problem document (RFC 9457) with a stable code.</p>
    ${codes.map(
      ({ code, status, title, cause, remedy }) =>
        html`<section class="code" aria-labelledby="${code}">
          <h2 id="${code}">${code} <a class="anchor" href="#${code}" aria-label="Link to ${code}">#</a></h2>
          <p><span class="status">${status}</span> ${prose(title)}</p>
          <dl>
            <dt>Cause</dt>
            <dd>${prose(cause)}</dd>
            <dt>Remedy</dt>
            <dd>${prose(remedy)}</dd>
          </dl>
        </section>`,
    )}`;
  return layout({ title: 'Errors', current: 'errors', navigation, main });
}
