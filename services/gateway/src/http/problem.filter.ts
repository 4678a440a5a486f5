import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isRefusal, refuse } from '@countersign/kernel';
import type { Logger } from '@countersign/platform';
import type { FastifyReply } from 'fastify';
import { isTokenEndpoint } from './endpoint.js';
import type { EdgeRequest, Exchange } from './exchange.js';
import { oauthError } from './oauth-error.js';
import { problemOf, type Scheme } from './problem.js';

export interface ProblemFilterOptions {
  publicUrl: string;
  log: Logger;
  /** Methods a path takes, empty when there is no such path. */
  methodsAt: (path: string) => string[];
  /** Any answer that was an error. */
  onFailed: (http: Exchange) => void;
  /** A refusal of the gateway's own. */
  onRefused: (http: Exchange, code: ReturnType<typeof refuse>['code']) => void;
}

/**
 * Refusals of services that write no event for them: nothing that was presented leads to a tenant or a person, or the answer
 * is only the question for a confirmation. Here they are counted with the edge's own.
 */
const UNRECORDED: ReadonlySet<string> = new Set([
  'client_unknown',
  'session_unknown',
  'token_invalid',
  'step_up_required',
  'subject_scope_missing',
]);

/** The one place where an error becomes an answer: of handlers, of parsing, of routing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly options: ProblemFilterOptions) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<EdgeRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const http = request.exchange;
    const error = this.refusalFor(thrown, request, reply);
    this.remember(error, http);
    const { status, headers, body } = problemOf(error, {
      publicUrl: this.options.publicUrl,
      requestId: http.requestId,
      presented: schemeOf(request.headers.authorization),
      isTokenEndpoint: http.spec && isTokenEndpoint(http.spec),
      scope: scopeOf(http),
    });
    if (http.spec?.path.startsWith('/oauth/')) body.error = oauthError(error);
    reply.status(status).headers(headers).type('application/problem+json').send(body);
  }

  /** Nest and Fastify have errors of their own for what never reaches a handler. */
  private refusalFor(thrown: unknown, request: EdgeRequest, reply: FastifyReply): unknown {
    if (isRefusal(thrown)) return thrown;
    const status =
      thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: number }).statusCode;
    if (status === 404) return this.nothingThere(request, reply);
    if (status === 413) return refuse('request_too_large');
    if (status === 415) return refuse('media_type_unsupported');
    return status !== undefined && status >= 400 && status < 500 ? refuse('request_invalid') : thrown;
  }

  private nothingThere(request: EdgeRequest, reply: FastifyReply): Error {
    const methods = this.options.methodsAt(request.url.split('?')[0]!);
    if (methods.length === 0) return refuse('route_unknown');
    reply.header('allow', methods.join(', '));
    return refuse('method_not_allowed');
  }

  private remember(error: unknown, http: Exchange): void {
    const { log, onRefused, onFailed } = this.options;
    onFailed(http);
    const { requestId, refusedByService } = http;
    const ours = isRefusal(error) && !['internal', 'unavailable', 'deadline'].includes(error.kind);
    if (ours && (!refusedByService || UNRECORDED.has(error.code))) onRefused(http, error.code);
    if (!isRefusal(error) || error.kind === 'internal')
      log.error('http.failed', { requestId, route: http.spec?.path, error });
  }
}

function schemeOf(authorization: string | undefined): Scheme | undefined {
  if (authorization === undefined) return undefined;
  return /^dpop /i.test(authorization) ? 'DPoP' : 'Bearer';
}

function scopeOf({ spec }: Exchange): string | undefined {
  return spec?.auth.kind === 'server' || spec?.auth.kind === 'server-or-operator' ? spec.auth.scope : undefined;
}
