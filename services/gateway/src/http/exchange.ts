import type { common } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import type { CallMeta } from '@countersign/platform';
import type { Application, TenantSnapshot } from '@countersign/policy';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieValues, type CookieJar } from '../domain/cookie.js';
import type { EndpointSpec } from './endpoint.js';

/** The application a request names, out of the tenant's snapshot. */
export interface NamedClient {
  snapshot: TenantSnapshot;
  application: Application;
}

/** What somebody presented to say who they are. */
export type Presented = { $case: 'bearer' | 'dpop' | 'cookie'; value: string };

export type EdgeRequest = FastifyRequest & { exchange: Exchange };

interface Arrival {
  requestId: string;
  deadline: number;
  origin: common.Origin;
  jar: CookieJar;
  client: NamedClient | undefined;
  tenant: TenantSnapshot | undefined;
  spec: EndpointSpec | undefined;
}

const VISIBLE = /^[\x21-\x7e]*$/;
/** Longer than any proof that is accepted: session says what is wrong with it. */
const MAX_PROOF = 8192;

/**
 * One request and its answer, as handlers see it. It is also the call that travels on: request id and deadline.
 * `body`, `params` and `query` are validated by the endpoint's schemas before the handler runs.
 */
export class Exchange<Body = unknown, Params = unknown, Query = unknown> implements CallMeta {
  readonly requestId: string;
  readonly deadline: number;
  /** Where it came from. */
  readonly origin: common.Origin;
  readonly jar: CookieJar;
  readonly spec: EndpointSpec | undefined;
  /** The tenant that is named, by the application or, where none is named, in the path; by nobody's proof. */
  readonly tenant: TenantSnapshot | undefined;
  body = undefined as Body;
  params = undefined as Params;
  query = undefined as Query;
  /** Tenant of whoever session said is calling. */
  callerTenant = '';
  /** A service refused: it wrote the event, the gateway does not. */
  refusedByService = false;
  private readonly named: NamedClient | undefined;

  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    arrival: Arrival,
  ) {
    this.requestId = arrival.requestId;
    this.deadline = arrival.deadline;
    this.origin = arrival.origin;
    this.jar = arrival.jar;
    this.spec = arrival.spec;
    this.tenant = arrival.tenant;
    this.named = arrival.client;
  }

  /** @throws `client_unknown` when the request names none */
  get client(): NamedClient {
    if (!this.named) throw refuse('client_unknown');
    return this.named;
  }

  get namedClient(): NamedClient | undefined {
    return this.named;
  }

  /** GET and HEAD change nothing (RFC 9110 §9.2.1). */
  get safe(): boolean {
    return this.request.method === 'GET' || this.request.method === 'HEAD';
  }

  /** A header of visible ASCII, or `''`. @throws `request_invalid` for anything else, or beyond `most` characters */
  header(name: string, most = 4096): string {
    const value = this.request.headers[name.toLowerCase()] ?? '';
    if (typeof value === 'string' && value.length <= most && VISIBLE.test(value)) return value;
    throw refuse('request_invalid', {
      errors: [{ path: `header ${name}`, message: 'is too long or not visible ASCII' }],
    });
  }

  /** The session cookie or the access token; the header wins. @throws `credentials_missing`, `credentials_malformed` */
  presented(): Presented {
    const token = this.token();
    if (token) return token;
    const value = this.cookie(this.jar.session);
    if (value === undefined) throw refuse('credentials_missing');
    return { $case: 'cookie', value };
  }

  /** RFC 6750 §2.1, RFC 9449 §7.1; the scheme's case does not matter (RFC 9110 §11.1). */
  private token(): Presented | undefined {
    const header = this.request.headers.authorization;
    if (header === undefined) return undefined;
    const [, scheme, value] = /^(bearer|dpop) ([A-Za-z0-9\-._~+/]{1,8192}=*)$/i.exec(header) ?? [];
    if (!scheme || !value) throw refuse('credentials_malformed');
    return { $case: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', value };
  }

  /** The `DPoP` header with the request it came with; undefined where there is none. Two of them stay two, and no proof. */
  get proof(): common.DpopProof | undefined {
    const { headers, method, url } = this.request;
    const proof = [headers.dpop ?? []].flat().join(', ');
    return proof === '' ? undefined : { proof: proof.slice(0, MAX_PROOF), method, path: url.split('?')[0]! };
  }

  /** Secret of an opened enrollment ticket. */
  enrollmentBinding(): string | undefined {
    return this.header('Countersign-Enrollment') || this.cookie(this.jar.enrollment);
  }

  /** Credentials of a client in `Authorization: Basic` (RFC 6749 §2.3.1), or undefined. */
  get authorization(): string | undefined {
    return this.request.headers.authorization;
  }

  status(code: number): void {
    this.reply.status(code);
  }

  /** For the client's next proof (RFC 9449 §8.2). */
  giveNonce(nonce: string): void {
    if (nonce !== '') this.reply.header('dpop-nonce', nonce);
  }

  setHeader(name: string, value: string): void {
    this.reply.header(name, value);
  }

  setCookie(name: string, value: string, maxAge?: number): void {
    this.reply.header('set-cookie', this.jar.set(name, value, maxAge));
  }

  clearCookie(name: string): void {
    this.reply.header('set-cookie', this.jar.clear(name));
  }

  private cookie(name: string): string | undefined {
    const [value, ...more] = cookieValues(this.request.headers.cookie, name);
    if (more.length > 0 || (value !== undefined && (value.length > 4096 || !VISIBLE.test(value)))) {
      throw refuse('credentials_malformed');
    }
    return value === '' ? undefined : value;
  }
}
