import type { tracing } from '@opentelemetry/sdk-node';

type ReadableSpan = tracing.ReadableSpan;
type SpanExporter = tracing.SpanExporter;

/**
 * The only attributes a span leaves the process with. Instrumentations also note addresses, browsers, whole URLs and the
 * texts of errors, which may quote input; what is not listed here is dropped, as in the log.
 */
const ALLOWED = new Set([
  'http.method',
  'http.request.method',
  'http.route',
  'http.status_code',
  'http.response.status_code',
  'rpc.system',
  'rpc.method',
  'service.name',
  'db.system',
  'db.system.name',
  'db.name',
  'db.namespace',
  'db.statement',
  'db.query.text',
  'db.postgresql.plan',
]);
/** Makes statuses of codes only; everybody else's may quote input. */
const OWN = 'countersign';

/** An exporter behind which nothing personal and nothing secret comes. */
export const allowedOnly = (exporter: SpanExporter): SpanExporter => ({
  export: (spans, done) => exporter.export(spans.map(allowed), done),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  shutdown: () => exporter.shutdown(),
});

/** The same span in all but what it says about the request. */
function allowed(span: ReadableSpan): ReadableSpan {
  const attributes = Object.fromEntries(Object.entries(span.attributes).filter(([name]) => ALLOWED.has(name)));
  const status = span.instrumentationScope.name === OWN ? span.status : { code: span.status.code };
  return Object.create(span, {
    attributes: { value: attributes },
    events: { value: [] },
    links: { value: [] },
    status: { value: status },
  }) as ReadableSpan;
}
