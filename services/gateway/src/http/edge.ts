import { isRefusal, refuse, uuidv7, type CountersignError } from '@countersign/kernel';
import type { Application, TenantSnapshot } from '@countersign/policy';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { peerAddress, type TrustedProxies } from '../domain/address.js';
import type { CookieJar } from '../domain/cookie.js';
import { platformFamily } from '../domain/platform-family.js';
import type { EdgeLimits } from '../limits/limits.js';
import { allowOrigin, answerPreflight, isPreflight, type KnownOrigins } from './cors.js';
import type { EndpointSpec } from './endpoint.js';
import { Exchange, type EdgeRequest, type NamedClient } from './exchange.js';
import { mustNameOneHost } from './one-host.js';
import type { SecurityHeaders } from './security-headers.js';

/** Deadline of a request with everything it calls, milliseconds. */
const DEADLINE_MS = 10_000;
const MAX_USER_AGENT = 512;
const MAX_ORIGIN = 512;

/** The tenants' configuration as the edge reads it. */
export interface Directory {
  byClient(clientId: string): { snapshot: TenantSnapshot; application: Application };
  byTenant(tenant: string): TenantSnapshot;
  /** @throws `not_found` */
  bySlug(slug: string): TenantSnapshot;
}

export interface EdgeOptions {
  directory: Directory;
  limits: EdgeLimits;
  known: KnownOrigins;
  jar: CookieJar;
  headers: SecurityHeaders;
  trusted: TrustedProxies;
  /** The operation a route is, by method and route pattern; undefined for pages, probes and unknown paths. */
  specOf: (request: FastifyRequest) => EndpointSpec | undefined;
  /** Answers are to close their connection: the service is stopping. */
  draining: () => boolean;
}

const PROBES = new Set(['/healthz', '/readyz']);

/** What happens to each request before its body is read: who asks from where, for which application, within which limits. */
export class Edge {
  constructor(private readonly options: EdgeOptions) {}

  /** A hook of Fastify; what it throws becomes a problem document. */
  arrive(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const { headers, draining, known, limits } = this.options;
    const requestId = uuidv7();
    reply.headers(headers.api).header('countersign-request-id', requestId);
    if (draining()) reply.header('connection', 'close');
    const named = this.clientOf(request);
    const http = this.exchange(request, reply, requestId, named);
    (request as EdgeRequest).exchange = http;
    mustNameOneHost(request, reply);
    if (isPreflight(request)) return answerPreflight(request, reply, known);
    allowOrigin(reply, request.headers.origin, http.namedClient?.application);
    if (!PROBES.has(request.routeOptions.url ?? '')) limits.arrived(http);
    if (isRefusal(named)) throw named;
    if (isForeignPage(request, named?.application)) throw refuse('csrf_refused');
    if (http.spec?.auth.kind === 'client' && !named) throw refuse('client_unknown');
    return undefined;
  }

  private exchange(
    request: FastifyRequest,
    reply: FastifyReply,
    requestId: string,
    named: NamedClient | CountersignError | undefined,
  ): Exchange {
    const client = isRefusal(named) ? undefined : named;
    const { jar, trusted, specOf } = this.options;
    const forwarded = textOf(request.headers['x-forwarded-for']);
    const userAgent = textOf(request.headers['user-agent'])?.slice(0, MAX_USER_AGENT) ?? '';
    return new Exchange(request, reply, {
      requestId,
      deadline: Date.now() + DEADLINE_MS,
      jar,
      client,
      tenant: named === undefined ? this.tenantOf(request) : client?.snapshot,
      spec: specOf(request),
      origin: {
        address: peerAddress(request.socket.remoteAddress ?? '', forwarded, trusted),
        userAgent,
        platform: platformFamily(textOf(request.headers['sec-ch-ua-platform']), userAgent),
        origin: request.headers.origin?.slice(0, MAX_ORIGIN) ?? '',
      },
    });
  }

  /** Who names no application may name a tenant in the path, as for discovery and key sets. */
  private tenantOf({ params }: FastifyRequest): TenantSnapshot | undefined {
    const slug = (params as { tenant?: string } | undefined)?.tenant;
    if (slug === undefined) return undefined;
    const found = orRefusal(() => this.options.directory.bySlug(slug));
    return isRefusal(found) ? undefined : found;
  }

  /** An unknown name is refused, but only after the request was counted. */
  private clientOf(request: FastifyRequest): NamedClient | CountersignError | undefined {
    const clientId = textOf(request.headers['countersign-client']);
    if (clientId === undefined || clientId === '') return undefined;
    return orRefusal(() => this.options.directory.byClient(clientId));
  }
}

function orRefusal<T>(look: () => T): T | CountersignError {
  try {
    return look();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A page of elsewhere must not obtain a web application's cookies: not a session, nor an enrollment. */
const isForeignPage = ({ method, headers }: FastifyRequest, application: Application | undefined): boolean =>
  application?.type === 'web' &&
  !SAFE.has(method) &&
  headers.origin !== undefined &&
  !application.origins.includes(headers.origin);

const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;
