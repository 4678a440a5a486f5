import type { Application, TenantSnapshot } from '@countersign/policy';
import type { FastifyReply, FastifyRequest } from 'fastify';

const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Countersign-Client',
  'Countersign-CSRF',
  'Countersign-Enrollment',
  'Countersign-Grant',
  'DPoP',
  'Idempotency-Key',
].join(', ');
const EXPOSED_HEADERS = 'Countersign-Request-Id, DPoP-Nonce, Retry-After, WWW-Authenticate';
/** How long a browser may remember a preflight, seconds. */
const PREFLIGHT_AGE = '600';
/** How long the list of all origins is used before it is read again, milliseconds. */
const INDEX_MS = 1_000;

/** Origins of every application, for preflights: these do not say which application asks (Fetch §4.8). */
export class KnownOrigins {
  private origins = new Set<string>();
  private readAt = 0;

  constructor(
    private readonly tenants: () => Iterable<TenantSnapshot>,
    private readonly now: () => number = Date.now,
  ) {}

  has(origin: string): boolean {
    if (this.now() - this.readAt >= INDEX_MS) this.read();
    return this.origins.has(origin);
  }

  private read(): void {
    const applications = [...this.tenants()].flatMap((tenant) => tenant.applications);
    this.origins = new Set(applications.flatMap((application) => application.origins));
    this.readAt = this.now();
  }
}

/** A browser asking whether a page may make a call. */
export const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** Answers a preflight: yes for any origin that belongs to an application, and silence for all others. */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply, known: KnownOrigins): FastifyReply {
  const origin = request.headers.origin!;
  reply.header('vary', 'Origin');
  if (known.has(origin)) {
    allow(reply, origin);
    reply.header('access-control-allow-methods', 'GET, POST, PATCH, DELETE');
    reply.header('access-control-allow-headers', REQUEST_HEADERS);
    reply.header('access-control-max-age', PREFLIGHT_AGE);
  }
  return reply.status(204).send();
}

/** Lets a page read the answer when it is a page of the very application the request names. */
export function allowOrigin(
  reply: FastifyReply,
  origin: string | undefined,
  application: Application | undefined,
): void {
  reply.header('vary', 'Origin');
  if (origin === undefined || !application?.origins.includes(origin)) return;
  allow(reply, origin);
  reply.header('access-control-expose-headers', EXPOSED_HEADERS);
}

function allow(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-allow-credentials', 'true');
}
