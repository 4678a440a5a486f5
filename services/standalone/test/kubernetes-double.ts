import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueAuthority, issueService } from '@countersign/keys-file';

interface Stored {
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; resourceVersion: string };
  type?: string;
  data?: Record<string, string>;
}

/** One call the server saw. */
export interface SeenCall {
  method: string;
  path: string;
  token: string;
  contentType: string;
}

/**
 * Secrets and ConfigMaps of one namespace behind TLS, answering as the API server does: 404 and 409 with a `Status`, merge
 * patches, validation of what a TLS Secret has to hold. A stateful double of ours: the real one is met in `npm run test:cluster`.
 */
export class KubernetesDouble {
  readonly objects = new Map<string, Stored>();
  readonly calls: SeenCall[] = [];
  token = 'first-token';
  /** Status codes to answer the next calls with, instead of doing them. */
  readonly next: number[] = [];
  /** Called before an object is made, as another run would be at work. */
  beforeCreate: ((name: string) => void) | undefined;
  private version = 0;

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    readonly namespace: string,
  ) {}

  /** @param folder takes `serviceaccount` with token, CA and namespace */
  static async start(folder: string, namespace = 'bank'): Promise<KubernetesDouble> {
    const authority = await issueAuthority(24);
    const own = { service: 'kubernetes', dnsNames: ['kubernetes.default.svc'], ipAddresses: ['127.0.0.1'], hours: 24 };
    const { certificate: cert, key } = await issueService(authority, own);
    const server = createServer({ cert, key });
    const double = new KubernetesDouble(server, folder, namespace);
    server.on('request', (request, response) => void double.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mkdirSync(double.serviceAccount, { recursive: true });
    writeFileSync(join(double.serviceAccount, 'ca.crt'), authority.certificate);
    writeFileSync(join(double.serviceAccount, 'namespace'), namespace);
    double.renewToken(double.token);
    return double;
  }

  get serviceAccount(): string {
    return join(this.folder, 'serviceaccount');
  }

  get env(): NodeJS.ProcessEnv {
    const { port } = this.server.address() as AddressInfo;
    return { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  }

  renewToken(token: string): void {
    this.token = token;
    writeFileSync(join(this.serviceAccount, 'token'), `${token}\n`);
  }

  text(resource: string, name: string): Record<string, string> {
    const data = this.objects.get(`${resource}/${name}`)?.data ?? {};
    const read = (value: string): string => (resource === 'secrets' ? Buffer.from(value, 'base64').toString() : value);
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, read(value)]));
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const token = (headers.authorization ?? '').replace('Bearer ', '');
    this.calls.push({ method, path: url, token, contentType: headers['content-type'] ?? '' });
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Stored) : undefined;
    const [status, object] = this.decide(method, url, token, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(object));
  }

  private decide(method: string, url: string, token: string, body: Stored | undefined): [number, object] {
    const spoiled = this.next.shift();
    if (spoiled !== undefined) return [spoiled, { kind: 'Status', message: `spoiled by the test` }];
    if (token !== this.token) return [401, { kind: 'Status', message: 'Unauthorized' }];
    const inside = `/api/v1/namespaces/${this.namespace}/`;
    if (!url.startsWith(inside)) return [403, { kind: 'Status', message: `cannot ${method} ${url}` }];
    const [resource, name] = url.slice(inside.length).split('/') as [string, string | undefined];
    if (method === 'POST') return this.create(resource, body!);
    const found = this.objects.get(`${resource}/${name}`);
    if (!found) return [404, { kind: 'Status', message: `${resource} "${name}" not found` }];
    if (method === 'PATCH') {
      found.data = { ...found.data, ...body!.data };
      found.metadata.resourceVersion = String(++this.version);
    }
    return [200, found];
  }

  private create(resource: string, body: Stored): [number, object] {
    const { name } = body.metadata;
    this.beforeCreate?.(name);
    if (this.objects.has(`${resource}/${name}`)) return [409, { kind: 'Status', message: `"${name}" already exists` }];
    if (body.type === 'kubernetes.io/tls' && !(body.data?.['tls.crt'] && body.data['tls.key']))
      return [422, { kind: 'Status', message: `Secret "${name}" is invalid: data[tls.crt]: Required value` }];
    this.put(resource, body);
    return [201, body];
  }

  put(resource: string, body: Stored | Omit<Stored, 'metadata'>): void {
    const stored = body as Stored;
    stored.metadata.resourceVersion = String(++this.version);
    this.objects.set(`${resource}/${stored.metadata.name}`, stored);
  }
}
