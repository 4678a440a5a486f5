// The order of spec files: those known to take long first, so that none of them runs alone at the end; then the largest.
// Jest orders by what it remembers of earlier runs. A fresh clone remembers nothing, and this order is the same everywhere.
const { statSync } = require('node:fs');
const { relative, sep } = require('node:path');

/** Longest first; infra/test/order.spec.mjs holds them to be there. */
const LONG = [
  'services/e2e/kafka/brokers.kafka.spec.ts',
  'services/e2e/races/absence.spec.ts',
  'services/e2e/cluster/evaluation.spec.ts',
  'services/e2e/cluster/upgrade.spec.ts',
  'services/e2e/cluster/failures.spec.ts',
  'services/e2e/cluster/policies.spec.ts',
  'services/e2e/cluster/certificates.spec.ts',
  'services/e2e/cluster/tenants.spec.ts',
  'services/e2e/test/start.spec.ts',
  'services/e2e/test/r28.spec.ts',
  'services/e2e/test/telemetry.spec.ts',
  'services/e2e/test/limits.spec.ts',
  'services/e2e/test/metadata.spec.ts',
  'services/e2e/test/robustness.spec.ts',
  'services/e2e/test/shutdown.spec.ts',
  'services/enrollment/test/metadata.spec.ts',
  'services/enrollment/test/certified-models.spec.ts',
  'services/standalone/test/cli-tenants.spec.ts',
  'services/standalone/test/cli-keys.spec.ts',
  'services/standalone/test/cli-settings.spec.ts',
  'services/standalone/test/cli-people.spec.ts',
  'services/enrollment/test/kept-trust.spec.ts',
  'services/enrollment/test/attestation.spec.ts',
  'services/gateway/test/drain.spec.ts',
  'libs/database/test/embedded.spec.ts',
  'services/enrollment/test/metadata-feed.spec.ts',
  'services/verification/test/sign-in.spec.ts',
  'libs/outbox/test/outbox.spec.ts',
  'services/session/test/dpop.spec.ts',
  'services/gateway/test/routes.spec.ts',
  'services/session/test/keys.spec.ts',
  'services/gateway/test/limits.spec.ts',
  'libs/event-bus-postgres/test/contract.spec.ts',
  'infra/test/boundaries.spec.mjs',
];

const PLACES = new Map(LONG.map((path, place) => [path, place]));
const pathOf = ({ path, context }) => relative(context.config.rootDir, path).split(sep).join('/');

/** A test sequencer of Jest; the shape is @jest/test-sequencer's. */
module.exports = class LongestFirst {
  static LONG = LONG;

  sort(tests) {
    const known = tests.map((test) => ({
      test,
      place: PLACES.get(pathOf(test)) ?? LONG.length,
      size: statSync(test.path).size,
    }));
    return known.sort((a, b) => a.place - b.place || b.size - a.size).map(({ test }) => test);
  }

  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, at) => at % shardCount === shardIndex - 1);
  }

  /** Nothing is remembered. */
  allFailedTests() {
    return [];
  }

  cacheResults() {}
};
