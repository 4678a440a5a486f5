import { register } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Loaded with `--import @countersign/platform/telemetry` before anything else, so that pg and http are instrumented.
// Without an endpoint nothing starts: spans then cost next to nothing.
const endpoint = process.env.COUNTERSIGN_OTLP_ENDPOINT;

if (endpoint) {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const sdk = new NodeSDK({
    serviceName: 'countersign',
    traceExporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }),
    instrumentations: [
      // URLs are routes without secrets by design, yet query strings stay out of traces.
      new HttpInstrumentation({ redactedQueryParams: ['*'], ignoreOutgoingRequestHook: () => true }),
      new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  process.once('beforeExit', () => void sdk.shutdown());
}
