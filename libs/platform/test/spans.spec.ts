import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import { enrollment } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { rpcClient, type Call } from '../src/index.js';
import {
  CHALLENGE,
  SHAPES,
  asking,
  call,
  challengeService,
  clientOf,
  dispatcherOf,
  echo,
  refusalOf,
  type Shape,
} from './house.js';

const OUTER = { suspend: enrollment.EnrollmentServiceService.suspend };
const SUSPEND = enrollment.SuspendRequest.fromPartial({});
const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterAll(() => {
  trace.disable();
  propagation.disable();
  context.disable();
});

const parentOf = (span: ReadableSpan, spans: ReadableSpan[]): ReadableSpan | undefined =>
  spans.find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId);

describe.each(SHAPES)('spans %s', (_, open) => {
  let shape: Shape;
  beforeEach(async () => {
    exporter.reset();
    shape = await open();
  });
  afterEach(() => shape.close());

  /** verification → enrollment → challenge, under one span of a test. */
  async function twoHops(issue: typeof echo): Promise<ReadableSpan[]> {
    await shape.serve('challenge', challengeService(issue).dispatcher);
    const suspend = async (__: never, incoming: Call): Promise<object> => {
      await clientOf(shape, 'enrollment').issue(asking('canary-77'), incoming);
      return {};
    };
    await shape.serve(
      'enrollment',
      dispatcherOf('enrollment', enrollment.EnrollmentServiceService, { suspend }).dispatcher,
    );
    const client = rpcClient(OUTER, shape.channel('verification', 'enrollment'));
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      await client.suspend(SUSPEND, call()).catch(() => undefined);
      span.end();
    });
    return exporter.getFinishedSpans();
  }

  test('of a call and the calls it makes are one trace, each the child of who called', async () => {
    const spans = await twoHops(echo);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const chain: string[] = [];
    const innermost = spans.find(({ name }) => name === `challenge ${CHALLENGE.issue.path}`);
    for (let span = innermost; span; span = parentOf(span, spans)) chain.unshift(`${SpanKind[span.kind]} ${span.name}`);
    expect(chain).toEqual([
      'INTERNAL request',
      `CLIENT ${OUTER.suspend.path}`,
      `SERVER enrollment ${OUTER.suspend.path}`,
      `CLIENT ${CHALLENGE.issue.path}`,
      `SERVER challenge ${CHALLENGE.issue.path}`,
    ]);
    expect(spans).toHaveLength(5);
  });

  test('of a refusal carry its code and nothing else', async () => {
    const spans = await twoHops(() => Promise.reject(refuse('challenge_spent', { action: 'canary-77' }, 'canary-77')));
    const failed = spans.filter(({ name }) => name !== 'request');
    expect(failed).toHaveLength(4);
    for (const { status, events } of failed) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'challenge_spent' });
      expect(events).toEqual([]);
    }
    const told = spans.map(({ name, attributes, status, links }) => JSON.stringify([name, attributes, status, links]));
    expect(told.join()).not.toContain('canary-77');
  });

  test('of an unexpected error say internal', async () => {
    const spans = await twoHops(() => Promise.reject(new TypeError('canary-77')));
    const [server] = spans.filter(({ name }) => name === `challenge ${CHALLENGE.issue.path}`);
    expect(server!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'internal' });
    expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain('canary-77');
  });

  test('a call outside any trace begins one of its own', async () => {
    await shape.serve('challenge', challengeService(echo).dispatcher);
    await clientOf(shape, 'verification').issue(asking('a'), call());
    await refusalOf(clientOf(shape, 'gateway').issue(asking('a'), call()));
    const spans = exporter.getFinishedSpans();
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(2);
    expect(spans).toHaveLength(4);
  });
});
