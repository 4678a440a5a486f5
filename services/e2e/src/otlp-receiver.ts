import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** One span as it was exported, reduced to what tests ask. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** Instrumentation that made it. */
  scope: string;
  /** Operating-system process that exported it. */
  pid: string;
  attributes: Record<string, string>;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      scope: { name: string };
      spans: (Omit<Span, 'attributes' | 'scope' | 'pid'> & { attributes: Attribute[] })[];
    }[];
  }[];
}

/** Takes traces over OTLP/HTTP (JSON) and keeps them, as spans and as the bytes they came in. */
export class OtlpReceiver {
  readonly spans: Span[] = [];
  readonly bodies: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const bytes = Buffer.concat(chunks);
        receiver.keep((request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All spans of the traces that have a span which fits. */
  tracesOf(fits: (span: Span) => boolean): Span[][] {
    const ids = new Set(this.spans.filter(fits).map(({ traceId }) => traceId));
    return [...ids].map((id) => this.spans.filter(({ traceId }) => traceId === id));
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private keep(body: string): void {
    this.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as Export).resourceSpans) {
      const pid = valuesOf(resource.attributes)['process.pid'] ?? '';
      for (const { scope, spans } of scopeSpans) {
        this.spans.push(
          ...spans.map((span) => ({ ...span, pid, scope: scope.name, attributes: valuesOf(span.attributes) })),
        );
      }
    }
  }
}

const valuesOf = (attributes: Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
