import { CODES, type Code } from '@countersign/kernel';
import { isTokenEndpoint, type DeclaredEndpoint, type EndpointSpec, type RequestHeader } from '../http/endpoint.js';
import { statusOf } from '../http/problem.js';
import { PROBLEM_SCHEMA, SECURITY_SCHEMES } from './components.js';
import { exampleProblem } from './example-problem.js';
import { SchemaCollector, type JsonSchema } from './json-schema.js';
import { errorsOf } from './operation-errors.js';

/** Schemes of which all are needed; of several, one suffices. */
type Security = Record<string, string[]>;

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Security[];
  parameters?: JsonSchema[];
  requestBody?: JsonSchema;
  responses: Record<string, JsonSchema>;
  /** Codes of the problem documents this operation answers with. */
  'x-error-codes': Code[];
}

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: JsonSchema;
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: typeof SECURITY_SCHEMES;
    /** One problem document a code. */
    examples: Record<string, JsonSchema>;
  };
}

const TAGS: Record<string, string> = {
  Subjects: 'People, named by the tenant’s server.',
  Registration: 'Adding an authenticator: the first by an enrollment ticket, later ones by a step-up grant.',
  Authentication: 'Signing in with a passkey: two calls.',
  StepUp: 'A fresh confirmation by the person, for one action or for the session.',
  Sessions: 'The person’s sessions. An ended one is dead at once.',
  Devices: 'The person’s authenticators.',
  Records: 'What was recorded.',
  OAuth: 'Tokens of servers, rotation, introspection, revocation.',
  Discovery: 'What anybody may know of a tenant: issuer, keys, related origins.',
};

const HEADERS: Record<RequestHeader, JsonSchema> = {
  DPoP: {
    schema: { type: 'string', maxLength: 4096 },
    description: 'Proof of possession (RFC 9449 §4). With an access token it always goes along.',
  },
  'Countersign-Grant': { schema: { type: 'string', maxLength: 4096 }, description: 'Step-up grant, single use.' },
  'Idempotency-Key': {
    schema: { type: 'string', maxLength: 128 },
    description: 'Visible ASCII. The same key with the same body answers with the same result.',
  },
};

/** The OpenAPI 3.1 document of the declared operations. */
export function openApiDocument(endpoints: readonly DeclaredEndpoint[]): OpenApiDocument {
  const schemas = new SchemaCollector();
  const paths: OpenApiDocument['paths'] = {};
  for (const endpoint of endpoints) {
    const { method, path } = endpoint.spec;
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(endpoint, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      summary: 'Did this person, on this device, just agree to exactly this?',
      description:
        'Bodies are JSON in UTF-8, at most 64 KiB and 16 levels deep; unknown members are refused. Times are RFC 3339 in UTC. Every answer carries `Countersign-Request-Id`.',
    },
    servers: [{ url: '/v1' }],
    tags: [...new Set(endpoints.map(({ group }) => group))].map((name) => ({ name, description: TAGS[name] ?? name })),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: PROBLEM_SCHEMA },
      securitySchemes: SECURITY_SCHEMES,
      examples: exampleProblems(endpoints),
    },
  };
}

function operationOf({ spec, operationId, group }: DeclaredEndpoint, schemas: SchemaCollector): Operation {
  const parameters = parametersOf(spec, schemas);
  return {
    operationId,
    tags: [group],
    summary: spec.summary,
    ...(spec.description && { description: spec.description }),
    security: securityOf(spec),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && { requestBody: bodyOf(spec, schemas) }),
    responses: { ...answersOf(spec, schemas), ...problemsOf(spec) },
    'x-error-codes': errorsOf(spec),
  };
}

function securityOf({ auth, method }: EndpointSpec): Security[] {
  const cookie: Security = method === 'GET' ? { client: [], session: [] } : { client: [], session: [], csrf: [] };
  const person: Security[] = [cookie, { accessToken: [] }, { boundToken: [], proof: [] }];
  const enrollment: Security[] = [
    { client: [], enrollment: [] },
    { client: [], enrollmentToken: [] },
  ];
  if (auth.kind === 'none') return [];
  if (auth.kind === 'client') return [{ client: [] }];
  if (auth.kind === 'person') return person;
  if (auth.kind === 'enrollment') return enrollment;
  if (auth.kind === 'enrollment-or-person') return [...enrollment, ...person];
  const server: Security[] = [{ server: [auth.scope] }, { server: [auth.scope], proof: [] }];
  return auth.kind === 'server' ? server : [...server, cookie];
}

function parametersOf(spec: EndpointSpec, schemas: SchemaCollector): JsonSchema[] {
  const headers = (spec.headers ?? []).map((name) => ({ name, in: 'header', ...HEADERS[name] }));
  return [...membersOf(spec.params, 'path', schemas), ...membersOf(spec.query, 'query', schemas), ...headers];
}

function membersOf(schema: EndpointSpec['params'], where: 'path' | 'query', schemas: SchemaCollector): JsonSchema[] {
  if (!schema) return [];
  const { properties, required = [] } = schemas.of(schema, 'input') as {
    properties: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...member }]) => ({
    name,
    in: where,
    ...(required.includes(name) && { required: true }),
    ...(description !== undefined && { description }),
    schema: member,
  }));
}

function bodyOf({ body, form, example }: EndpointSpec, schemas: SchemaCollector): JsonSchema {
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const schema = schemas.of(body!, 'input');
  return { required: 'required' in schema, content: { [type]: { schema, ...(example !== undefined && { example }) } } };
}

function answersOf({ answers }: EndpointSpec, schemas: SchemaCollector): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, example }]) => {
      if (!schema) return [status, { description }];
      const content = { schema: schemas.of(schema, 'output'), ...(example !== undefined && { example }) };
      return [status, { description, content: { 'application/json': content } }];
    }),
  );
}

/** One response a status, naming its codes, with one example each. */
function problemsOf(spec: EndpointSpec): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(errorsOf(spec), (code) => statusOf(code, isTokenEndpoint(spec)));
  const entries = [...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [status, problemAnswer(codes)]);
  return Object.fromEntries(entries) as Record<string, JsonSchema>;
}

function problemAnswer(codes: Code[]): JsonSchema {
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(examples) as JsonSchema,
      },
    },
  };
}

function exampleProblems(endpoints: readonly DeclaredEndpoint[]): Record<string, JsonSchema> {
  const codes = new Set(endpoints.flatMap(({ spec }) => errorsOf(spec)));
  return Object.fromEntries(
    [...codes].sort().map((code) => [code, { summary: CODES[code].title, value: exampleProblem(code).body }]),
  );
}
