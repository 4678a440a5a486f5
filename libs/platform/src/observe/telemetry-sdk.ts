import { register } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { allowedOnly } from './allowed-spans.js';

/**
 * Sends traces to an OTLP/HTTP endpoint. Statements are traced by their names and texts, which never hold a value.
 * @param endpoint e.g. `http://localhost:4318`
 */
export function startTelemetry(endpoint: string): void {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
  const sdk = new NodeSDK({
    serviceName: 'countersign',
    traceExporter: allowedOnly(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })),
    instrumentations: [
      new HttpInstrumentation({ ignoreOutgoingRequestHook: () => true }),
      new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sdk.shutdown());
}
