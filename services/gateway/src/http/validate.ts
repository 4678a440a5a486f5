import { refuse } from '@countersign/kernel';
import type { z } from 'zod';
import { checkString } from '../domain/strict-json.js';
import type { EndpointSpec } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { FormBody } from './body-parsers.js';

interface RawInput {
  body: unknown;
  params: unknown;
  query: unknown;
}

/** Most faults named in one answer. */
const MAX_ERRORS = 16;
const MAX_NAME = 64;

/**
 * Validates everything a request brings by the endpoint's schemas and puts it into the exchange. Nothing is repaired and
 * nothing unknown is let through.
 *
 * @throws `request_invalid` naming each fault, `media_type_unsupported`
 */
export function readInput(spec: EndpointSpec, http: Exchange, raw: RawInput): void {
  http.params = spec.params ? validate(spec.params, texts(raw.params), 'path ') : {};
  http.query = validate(spec.query, texts(raw.query), 'query ');
  http.body = spec.body ? validate(spec.body, bodyOf(spec, raw.body), '') : undefined;
  if (!spec.body && raw.body !== undefined && !isEmptyObject(raw.body)) throw unknownMembers(raw.body);
}

/** No body at all stands for an empty object: what is missing is then named. */
function bodyOf(spec: EndpointSpec, body: unknown): unknown {
  if (body === undefined) return {};
  if (body instanceof FormBody !== (spec.form === true)) throw refuse('media_type_unsupported');
  return body instanceof FormBody ? body.members : body;
}

function texts(raw: unknown): Record<string, unknown> {
  const members = { ...(raw as Record<string, unknown> | null) };
  for (const [name, value] of Object.entries(members))
    [name, value].flat().forEach((text) => checkString(String(text)));
  return members;
}

function validate(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (!schema) {
    if (!isEmptyObject(value)) throw unknownMembers(value, where);
    return {};
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse('request_invalid', {
    errors: parsed.error.issues.flatMap((issue) => named(issue, where)).slice(0, MAX_ERRORS),
  });
}

/** Paths and our own words; never a value the client sent. */
function named(issue: z.core.$ZodIssue, where: string): { path: string; message: string }[] {
  const path = where + issue.path.map((part) => String(part).slice(0, MAX_NAME)).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const prefix = issue.path.length > 0 ? `${path}.` : path;
  return issue.keys.map((key) => ({ path: prefix + key.slice(0, MAX_NAME), message: 'is unknown' }));
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value instanceof FormBody ? value.members : value).length === 0;

const unknownMembers = (value: unknown, where = '') => {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [''];
  return refuse('request_invalid', {
    errors: names
      .slice(0, MAX_ERRORS)
      .map((name) => ({ path: where + name.slice(0, MAX_NAME), message: 'is unknown' })),
  });
};
