import type { JsonSchema } from '../openapi/json-schema.js';
import { html, prose, type Html } from './html.js';

/** One line on what a value is: `string, 1 to 256 characters`, a link to a component, a list of what is allowed. */
export function typeOf(schema: JsonSchema): Html {
  const { $ref, type, enum: values, const: only, items, anyOf } = schema as Members;
  if ($ref) return componentLink($ref.split('/').at(-1)!);
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`;
  if (values) return html`${values.map((value, at) => html`${at > 0 ? ' | ' : ''}<code>${String(value)}</code>`)}`;
  if (anyOf) return html`${anyOf.map((each, at) => html`${at > 0 ? ' or ' : ''}${typeOf(each)}`)}`;
  if (type === 'array') return html`list of ${items ? typeOf(items) : 'anything'}`;
  return html`${type ?? 'anything'}${formatOf(schema)}${boundsOf(schema)}`;
}

interface Members {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

const componentLink = (name: string): Html => html`<a href="#schema-${name}">${name}</a>`;

const formatOf = ({ format, pattern }: JsonSchema): Html | undefined => {
  if (typeof format === 'string') return html` (${format})`;
  return typeof pattern === 'string' ? html` matching <code>${pattern}</code>` : undefined;
};

function boundsOf(schema: JsonSchema): Html | undefined {
  const { minLength, maxLength, minimum, maximum } = schema as Record<string, number | undefined>;
  const most = maxLength ?? (maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum);
  const least = minLength ?? (minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum);
  if (most === undefined) return undefined;
  const unit = maxLength === undefined ? '' : ' characters';
  return least === undefined ? html`, at most ${most}${unit}` : html`, ${least} to ${most}${unit}`;
}

/** The members of an object as a table; of alternatives, one table each. */
export function membersTable(schema: JsonSchema, caption: string): Html {
  const { properties, required = [], anyOf, $ref } = schema as Members;
  if ($ref) return html`<p>${componentLink($ref.split('/').at(-1)!)}</p>`;
  if (anyOf) return html`${anyOf.map((each, at) => membersTable(each, `${caption}, form ${at + 1}`))}`;
  if (!properties || Object.keys(properties).length === 0) return html`<p class="quiet">No members.</p>`;
  const rows = Object.entries(properties).map(([name, member]) => row(name, member, required.includes(name)));
  return table(caption, rows);
}

export const table = (caption: string, rows: Html[]): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Form</th>
          <th scope="col">Meaning</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;

export const row = (name: string, schema: JsonSchema, required: boolean): Html =>
  html`<tr>
    <th scope="row"><code>${name}</code>${required ? '' : html` <span class="quiet">optional</span>`}</th>
    <td>${typeOf(schema)}${nested(schema)}</td>
    <td>${meaning(schema)}</td>
  </tr>`;

const meaning = ({ description }: JsonSchema): Html | undefined =>
  typeof description === 'string' ? prose(description) : undefined;

/** Objects within objects are spelled out below their own name. */
function nested(schema: JsonSchema): Html | undefined {
  const { properties, required = [] } = schema as Members;
  if (!properties) return undefined;
  const members = Object.entries(properties).map(
    ([name, member]) => html`<li><code>${name}</code>${required.includes(name) ? '' : '?'}: ${typeOf(member)}</li>`,
  );
  return html`<ul>
    ${members}
  </ul>`;
}
