import { CODES, type Code } from '@countersign/kernel';
import { statusOf } from '../http/problem.js';
import type { OpenApiDocument, Operation } from '../openapi/document.js';
import type { JsonSchema } from '../openapi/json-schema.js';
import { html, prose, type Html } from './html.js';
import { layout } from './layout.js';
import { membersTable, row, table } from './schema-view.js';

interface Placed extends Operation {
  method: string;
  path: string;
}

interface Content {
  schema: JsonSchema;
  example?: unknown;
}

/** `/docs`: the whole API on one page, rendered from the OpenAPI document. */
export function apiPage(document: OpenApiDocument): string {
  const operations = operationsOf(document);
  const groups = document.tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ tags }) => tags[0] === tag.name),
  }));
  const navigation = html`<ul>
    ${groups.map(
      ({ name, operations: own }) =>
        html`<li>
          <a href="#${name}">${titleOf(name)}</a>
          <ul>
            ${own.map(({ operationId, summary }) => html`<li><a href="#${operationId}">${summary}</a></li>`)}
          </ul>
        </li>`,
    )}
    <li><a href="#schemas">Schemas</a></li>
  </ul>`;
  const main = html`<h1>API</h1>
    <p class="lead">${String(document.info.summary)}</p>
    <p>
      ${prose(String(document.info.description))} All paths begin with <code>${document.servers[0]!.url}</code>. Every
      refusal is a <a href="/docs/errors">problem document with a code</a>.
    </p>
    ${groups.map(
      ({ name, description, operations: own }) =>
        html`<section aria-labelledby="${name}">
          <h2 id="${name}">${titleOf(name)}</h2>
          <p>${description}</p>
          ${own.map(operationView)}
        </section>`,
    )}
    <section aria-labelledby="schemas">
      <h2 id="schemas">Schemas</h2>
      ${Object.entries(document.components.schemas).map(componentView)}
    </section>`;
  return layout({ title: 'API', current: 'api', navigation, main });
}

const operationsOf = ({ paths }: OpenApiDocument): Placed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );

/** `StepUp` → `Step-up`, `OAuth` as it is. */
const titleOf = (tag: string): string => (tag === 'StepUp' ? 'Step-up' : tag);

function operationView(operation: Placed): Html {
  const { operationId, summary, description, method, path } = operation;
  return html`<article class="operation" aria-labelledby="${operationId}">
    <h3 id="${operationId}">
      ${summary} <a class="anchor" href="#${operationId}" aria-label="Link to ${summary}">#</a>
    </h3>
    <p class="route"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></p>
    ${description ? html`<p>${prose(description)}</p>` : ''}
    <p class="quiet">${securityText(operation)}</p>
    ${parametersView(operation)}${requestView(operation)}${Object.entries(operation.responses)
      .filter(([status]) => status < '300')
      .map(([status, answer]) => answerView(operation, status, answer))}
    <p class="codes"><strong>Refusals:</strong> ${operation['x-error-codes'].map(codeLink)}</p>
  </article>`;
}

const WAYS: Record<string, string> = {
  client: 'Countersign-Client',
  session: 'session cookie',
  csrf: 'Countersign-CSRF',
  accessToken: 'access token',
  enrollment: 'enrollment cookie',
  enrollmentToken: 'Countersign-Enrollment',
  server: 'server token',
};

function securityText({ security }: Operation): string {
  if (security.length === 0) return 'Open to anybody.';
  const ways = security.map((way) =>
    Object.entries(way)
      .map(([scheme, scopes]) => [WAYS[scheme], ...scopes.map((scope) => `(${scope})`)].join(' '))
      .join(' + '),
  );
  return `Called with ${ways.join(', or ')}.`;
}

function parametersView({ parameters, operationId }: Operation): Html | undefined {
  if (!parameters) return undefined;
  const rows = parameters.map(({ name, in: where, schema, required, description }) =>
    row(`${String(name)} (${String(where)})`, { ...(schema as JsonSchema), description }, required === true),
  );
  return table(`Parameters of ${operationId}`, rows);
}

function requestView({ requestBody, operationId }: Operation): Html | undefined {
  if (!requestBody) return undefined;
  const [[type, content]] = Object.entries(requestBody.content as Record<string, Content>) as [[string, Content]];
  return html`<h4>Request <span class="quiet">${type}</span></h4>
    ${membersTable(content.schema, `Request of ${operationId}`)}${exampleView(content.example, `Example request of ${operationId}`)}`;
}

function answerView({ operationId }: Operation, status: string, answer: JsonSchema): Html {
  const content = (answer.content as Record<string, Content> | undefined)?.['application/json'];
  const name = `answer ${status} of ${operationId}`;
  return html`<h4>${status} <span class="quiet">${String(answer.description)}</span></h4>
    ${content ? html`${membersTable(content.schema, `The ${name}`)}${exampleView(content.example, `Example ${name}`)}` : ''}`;
}

const exampleView = (example: unknown, label: string): Html | undefined =>
  example === undefined
    ? undefined
    : html`<pre
        tabindex="0"
        role="region"
        aria-label="${label}"
      ><code>${JSON.stringify(example, undefined, 2)}</code></pre>`;

const codeLink = (code: Code): Html =>
  html`<a href="/docs/errors#${code}" title="${CODES[code].title}">${statusOf(code)} ${code}</a> `;

const componentView = ([name, schema]: [string, JsonSchema]): Html =>
  html`<h3 id="schema-${name}">${name}</h3>
    ${typeof schema.description === 'string' ? html`<p>${prose(schema.description)}</p>` : ''}${membersTable(schema, `Members of ${name}`)}`;
