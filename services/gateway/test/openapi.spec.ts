import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CODES, isCode, type Code } from '@countersign/kernel';
import { API_CONTROLLERS } from '../src/controllers/index.js';
import { endpointsOf, routePath } from '../src/http/endpoint.js';
import { PROBLEM_SCHEMA } from '../src/openapi/components.js';
import { openApiDocument } from '../src/openapi/document.js';
import { allCodes, exampleText } from '../src/openapi/example-problem.js';
import { committedErrors, committedOpenApi } from '../src/openapi/committed.js';

const endpoints = endpointsOf(API_CONTROLLERS);
const document = openApiDocument(endpoints);
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

/** Codes that are told, but by no operation: at addresses that are none, by the command lines, and inside the platform. */
const TOLD_ELSEWHERE = [
  ...['route_unknown', 'method_not_allowed'],
  ...[
    'tenant_invalid',
    'tenant_slug_taken',
    'tenant_unknown',
    'tenant_too_large',
    'application_invalid',
    'application_unknown',
  ],
  ...['operator_invalid', 'policy_conflict', 'import_line_invalid', 'user_handle_conflict', 'recorded_case_malformed'],
  ...['call_refused', 'certificate_refused', 'subject_scope_missing', 'token_refused', 'token_expired', 'seal_refused'],
];
/** Refusals of the key port. */
const OF_KEYS = /^key_/;

describe('the OpenAPI document', () => {
  test('the committed copies are current: `npm run build && npm run docs -w @countersign/gateway` writes them', () => {
    for (const { file, text } of [committedOpenApi(), committedErrors()]) expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('operation ids are unique, and each operation has a summary, a tag and an answer', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(operations).toHaveLength(endpoints.length);
    for (const { summary, tags, responses } of operations) {
      expect([summary.length > 0, tags.length, Object.keys(responses).some((status) => status < '300')]).toEqual([
        true,
        1,
        true,
      ]);
    }
  });

  test('every reference leads somewhere', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  test.each(endpoints.map(({ spec, operationId }) => [operationId, spec] as const))(
    '%s: its examples are of the form it declares',
    (_name, { body, example, answers, path, params }) => {
      if (body) expect(body.safeParse(example).error).toBeUndefined();
      for (const answer of Object.values(answers)) {
        if (answer.example !== undefined) expect(answer.schema!.safeParse(answer.example).error).toBeUndefined();
      }
      const usual = Object.values(answers).filter(({ schema }) => schema);
      if (usual.length > 0) expect(usual.some(({ example }) => example !== undefined)).toBe(true);
      const named = [...routePath(path).matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect(Object.keys(params?.shape ?? {})).toEqual(named);
    },
  );

  test.each(allCodes().map((entry) => [entry.code, entry] as const))(
    'BCB-11.openapi · %s has a cause, a remedy and an example as it is sent',
    (code, { cause, remedy, example }) => {
      const told = example.recorded === undefined ? code : CODES[code].toldAs!;
      expect(isCode(told)).toBe(true);
      expect([cause, remedy].every((text) => text.endsWith('.'))).toBe(true);
      const sent = JSON.parse(exampleText(example).split('\n\n')[1]!) as object;
      expect(sent).toEqual({ ...example.body, code: told, title: CODES[told as Code].title });
      for (const member of Object.keys(sent)) expect(PROBLEM_SCHEMA.properties).toHaveProperty(member);
      expect(committedErrors().text).toContain(`## ${code}\n`);
    },
  );

  test('BCB-11.openapi · each code that clients are told is named by an operation', () => {
    const named = new Set<string>([
      ...operations.flatMap((operation) => operation['x-error-codes']),
      ...TOLD_ELSEWHERE,
    ]);
    const missing = allCodes().filter(
      ({ code, example }) => example.recorded === undefined && !OF_KEYS.test(code) && !named.has(code),
    );
    expect(missing.map(({ code }) => code)).toEqual([]);
  });

  test('each code that an operation names is in the table of codes, and each answer names its codes', () => {
    for (const operation of operations) {
      for (const code of operation['x-error-codes']) {
        expect(CODES[code]).toBeDefined();
        expect(JSON.stringify(operation.responses)).toContain(`\`${code}\``);
      }
    }
  });
});
