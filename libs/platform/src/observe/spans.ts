import { SpanKind, SpanStatusCode, context, propagation, trace, type Context, type Span } from '@opentelemetry/api';
import { isRefusal } from '@countersign/kernel';
import type { IncomingCall } from '../rpc/dispatcher.js';

const tracer = trace.getTracer('countersign');

/** Span of a handled call, child of the caller's span on either transport. */
export function serverSpan<T>(service: string, incoming: IncomingCall, work: () => Promise<T>): Promise<T> {
  const parent = propagation.extract(context.active(), { traceparent: incoming.traceparent });
  const attributes = { 'rpc.system': 'grpc', 'service.name': service, 'rpc.method': incoming.path };
  return inSpan(`${service} ${incoming.path}`, SpanKind.SERVER, attributes, parent, work);
}

/** Span of an outgoing call; `work` gets the traceparent to send along. */
export function clientSpan<T>(path: string, work: (traceparent: string | undefined) => Promise<T>): Promise<T> {
  return inSpan(path, SpanKind.CLIENT, { 'rpc.system': 'grpc', 'rpc.method': path }, context.active(), () =>
    work(activeTraceparent()),
  );
}

/** Span of work that nobody called for; `work` gets its traceparent, for whoever asks later what happened. */
export function ownSpan<T>(name: string, work: (traceparent: string | undefined) => Promise<T>): Promise<T> {
  return inSpan(name, SpanKind.INTERNAL, {}, context.active(), () => work(activeTraceparent()));
}

function activeTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Record<string, string>,
  parent: Context,
  work: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Code only: an error's text may quote input. */
function fail(span: Span, error: unknown): void {
  const code = isRefusal(error) ? error.code : 'internal';
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
