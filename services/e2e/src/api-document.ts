import { call, type Json } from './calls.js';
import type { HostProcess } from './host-process.js';

/** One operation of `/v1/openapi.json`. */
export interface Operation {
  /** Upper case. */
  method: string;
  /** Below `/v1`, with parameters as `{name}`. */
  path: string;
  operationId: string;
  /** Names of the path's parameters. */
  ids: string[];
  query: string[];
  /** Names of the security schemes that are asked for, in any combination. */
  schemes: string[];
  /** Media type of the body; undefined when it takes none. */
  media?: string;
  /** Schema of the body. */
  schema?: Json;
  example?: unknown;
  errorCodes: string[];
}

type Parameter = { name: string; in: string };
type Described = Json & {
  operationId: string;
  parameters?: Parameter[];
  security: Record<string, unknown>[];
  'x-error-codes': string[];
};

interface Content {
  schema?: Json;
  example?: unknown;
}

/** Every operation the installation says it serves. */
export async function operationsOf(host: HostProcess, headers: Record<string, string>): Promise<Operation[]> {
  const { body } = await call(host, 'GET', '/openapi.json', { headers });
  const paths = body.paths as Record<string, Record<string, Described>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operationOf(method, path, described)),
  );
}

function operationOf(method: string, path: string, described: Described): Operation {
  const { operationId, parameters = [], security } = described;
  const names = (where: string): string[] => parameters.filter((each) => each.in === where).map(({ name }) => name);
  const body = described.requestBody as { content: Record<string, Content> } | undefined;
  const [media, content] = Object.entries(body?.content ?? {})[0] ?? [];
  return {
    method: method.toUpperCase(),
    path,
    operationId,
    ids: names('path'),
    query: names('query'),
    schemes: [...new Set(security.flatMap((each) => Object.keys(each)))],
    media,
    schema: content?.schema,
    example: content?.example,
    errorCodes: described['x-error-codes'],
  };
}

/** `/subjects/{id}` with its parameters filled in. */
export const filled = (path: string, values: Record<string, string>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
