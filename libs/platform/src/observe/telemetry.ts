// Loaded with `--import @countersign/platform/telemetry` before anything else, so that http and pg are instrumented.
// Without an endpoint nothing is loaded: spans then cost next to nothing.
const endpoint = process.env.COUNTERSIGN_OTLP_ENDPOINT;

if (endpoint) {
  const { startTelemetry } = await import('./telemetry-sdk.js');
  startTelemetry(endpoint);
}

export {};
