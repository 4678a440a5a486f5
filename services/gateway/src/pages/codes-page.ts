import { allCodes, exampleText, recordedNote, type ExampleProblem } from '../openapi/example-problem.js';
import { html, prose, type Html } from './html.js';
import { layout } from './layout.js';

/** `/docs/errors`: every code with cause, remedy and example; the `type` of a problem document leads to its section here. */
export function codesPage(): string {
  const codes = allCodes();
  const navigation = html`<ul>
    ${codes.map(({ code }) => html`<li><a href="#${code}">${code}</a></li>`)}
  </ul>`;
  const main = html`<h1>Errors</h1>
    <p class="lead">Every refusal is a problem document (RFC 9457) with a stable code.</p>
    ${codes.map(
      ({ code, status, title, cause, remedy, example }) =>
        html`<section class="code" aria-labelledby="${code}">
          <h2 id="${code}">${code} <a class="anchor" href="#${code}" aria-label="Link to ${code}">#</a></h2>
          <p><span class="status">${status}</span> ${prose(title)}</p>
          <dl>
            <dt>Cause</dt>
            <dd>${prose(cause)}</dd>
            <dt>Remedy</dt>
            <dd>${prose(remedy)}</dd>
            <dt>Example</dt>
            <dd>${recordedView(example)}${exampleView(code, example)}</dd>
          </dl>
        </section>`,
    )}`;
  return layout({ title: 'Errors', current: 'errors', navigation, main });
}

function recordedView(example: ExampleProblem): Html | undefined {
  const note = recordedNote(example);
  return note === '' ? undefined : html`${prose(note)}`;
}

/** Long lines scroll within the box, so it can be reached by keyboard. */
const exampleView = (code: string, example: ExampleProblem): Html =>
  html`<pre tabindex="0" role="region" aria-label="Example of ${code}"><code>${exampleText(example)}</code></pre>`;
