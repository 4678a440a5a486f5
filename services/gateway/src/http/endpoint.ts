import {
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  applyDecorators,
  createParamDecorator,
} from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Code } from '@countersign/kernel';
import type { serverScopes } from '@countersign/policy';
import type { z } from 'zod';
import type { EdgeRequest } from './exchange.js';

export type Scope = (typeof serverScopes)[number];

/** Who may call. The gateway only finds out what was presented; the service that is called decides. */
export type Auth =
  /** Anybody. */
  | { kind: 'none' }
  /** Anybody who names an application. */
  | { kind: 'client' }
  /** Who opened an enrollment ticket. */
  | { kind: 'enrollment' }
  /** Who opened a ticket, or a person with a grant. */
  | { kind: 'enrollment-or-person' }
  | { kind: 'person' }
  | { kind: 'server'; scope: Scope }
  | { kind: 'server-or-operator'; scope: Scope };

export interface Answer {
  description: string;
  schema?: z.ZodType;
  example?: unknown;
}

/** Headers an operation may take beside those of its `auth`. */
export type RequestHeader = 'Countersign-Grant' | 'DPoP' | 'Idempotency-Key';

/** One operation: what validates requests, what the OpenAPI document says and what limits apply are all read from here. */
export interface EndpointSpec {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1`, with parameters as `{name}`. */
  path: string;
  summary: string;
  description?: string;
  auth: Auth;
  headers?: readonly RequestHeader[];
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The body is `application/x-www-form-urlencoded`, as OAuth has it; what the schema does not name is ignored. */
  form?: boolean;
  /** An example of the body. */
  example?: unknown;
  /** By status; the lowest is the usual one. */
  answers: Record<number, Answer>;
  /** Codes of this operation beside those every operation of its kind has. */
  errors?: readonly Code[];
}

/** OAuth's own endpoints for whoever has a token yet to come, or one to give back (RFC 6749 §5.2, RFC 7009). */
export const isTokenEndpoint = ({ auth, path }: EndpointSpec): boolean =>
  auth.kind === 'none' && path.startsWith('/oauth/');

const ENDPOINT = Symbol('endpoint');

/** `/auth/sessions/{id}` → `/auth/sessions/:id` */
export const routePath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Makes a controller method the handler of one operation; it is called with the `Exchange`. */
export const Endpoint = (spec: EndpointSpec): MethodDecorator =>
  applyDecorators(
    RequestMapping({ path: routePath(spec.path), method: RequestMethod[spec.method] }),
    HttpCode(Number(Object.keys(spec.answers)[0])),
    SetMetadata(ENDPOINT, spec),
    (target: object, key: string | symbol) => Http()(target, key, 0),
  );

const Http = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<EdgeRequest>().exchange,
);

/** The spec of a handler, or undefined for pages and probes. */
export const specOf = (handler: object): EndpointSpec | undefined =>
  Reflect.getMetadata(ENDPOINT, handler) as EndpointSpec | undefined;

export interface DeclaredEndpoint {
  spec: EndpointSpec;
  /** Name of the handler; unique, and the operation id. */
  operationId: string;
  /** Group of the documentation: the controller's name without its suffix. */
  group: string;
}

type ControllerClass = new (...args: never[]) => object;

/** All operations of some controllers, in the order they are written. */
export const endpointsOf = (controllers: readonly ControllerClass[]): DeclaredEndpoint[] =>
  controllers.flatMap((controller) => {
    const methods = controller.prototype as Record<string, object>;
    return Object.getOwnPropertyNames(methods).flatMap((operationId) => {
      const spec = operationId === 'constructor' ? undefined : specOf(methods[operationId]!);
      return spec ? [{ spec, operationId, group: controller.name.replace(/Controller$/, '') }] : [];
    });
  });
