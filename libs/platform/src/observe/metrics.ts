import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Ceremony = 'registration' | 'authentication' | 'step_up';

/** Prometheus metrics of one process; every label value is from a closed list. */
export class ServiceMetrics {
  readonly registry = new Registry();

  readonly rpcErrors = new Counter({
    name: 'countersign_rpc_errors_total',
    help: 'Calls that ended in an error, by code.',
    labelNames: ['service', 'method', 'code'],
    registers: [this.registry],
  });

  readonly ceremoniesStarted = new Counter({
    name: 'countersign_ceremonies_started_total',
    help: 'Ceremonies for which options were given.',
    labelNames: ['ceremony'],
    registers: [this.registry],
  });

  readonly ceremoniesSucceeded = new Counter({
    name: 'countersign_ceremonies_succeeded_total',
    help: 'Ceremonies that ended well.',
    labelNames: ['ceremony'],
    registers: [this.registry],
  });

  readonly ceremoniesRefused = new Counter({
    name: 'countersign_ceremonies_refused_total',
    help: 'Ceremonies that were refused, by code.',
    labelNames: ['ceremony', 'code'],
    registers: [this.registry],
  });

  readonly ceremonyDuration = new Histogram({
    name: 'countersign_ceremony_duration_seconds',
    help: 'Time to judge a completed ceremony on the server.',
    labelNames: ['ceremony'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3],
    registers: [this.registry],
  });

  readonly httpDuration = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer, by operation.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });

  readonly outboxUnsent = new Gauge({
    name: 'countersign_outbox_unsent',
    help: 'Events not yet acknowledged by the bus.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly outboxOldestSeconds = new Gauge({
    name: 'countersign_outbox_oldest_unsent_seconds',
    help: 'Age of the oldest event not yet acknowledged by the bus.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly outboxUncoveredSeconds = new Gauge({
    name: 'countersign_outbox_uncovered_seconds',
    help: 'Age of the oldest minute of which audit does not hold every event that was written.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly outboxMissing = new Counter({
    name: 'countersign_outbox_missing_total',
    help: 'Events that were sent, did not reach audit, and were sent again.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly busHalted = new Gauge({
    name: 'countersign_bus_halted',
    help: '1 for a topic that is not read on because it does not fit the stored position: a person has to look.',
    labelNames: ['service', 'topic', 'code'],
    registers: [this.registry],
  });

  readonly certificateSecondsLeft = new Gauge({
    name: 'countersign_certificate_seconds_left',
    help: 'Time until the certificate with which this service calls and is called expires.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly snapshotSequence = new Gauge({
    name: 'countersign_snapshot_sequence',
    help: 'Newest change of the control plane that is held; a replica that stays behind the others lags.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly metadataFaults = new Gauge({
    name: 'countersign_metadata_faulty_entries',
    help: 'Entries of the authenticator metadata in use that are not in form, and models that several entries name.',
    registers: [this.registry],
  });

  readonly metadataNo = new Gauge({
    name: 'countersign_metadata_no',
    help: 'Serial number of the authenticator metadata in use; 0 when there is none.',
    registers: [this.registry],
  });

  readonly metadataNextUpdateSeconds = new Gauge({
    name: 'countersign_metadata_next_update_timestamp_seconds',
    help: 'When the next issue of the metadata is promised, Unix time.',
    registers: [this.registry],
  });

  readonly metadataCheckedSeconds = new Gauge({
    name: 'countersign_metadata_checked_timestamp_seconds',
    help: 'When the source of the metadata was last read without a fault, Unix time.',
    registers: [this.registry],
  });

  readonly metadataUnchecked = new Gauge({
    name: 'countersign_metadata_revocation_unchecked',
    help: 'Certificates over the signer of the metadata in use of which no revocation list said anything.',
    registers: [this.registry],
  });

  readonly metadataFailures = new Counter({
    name: 'countersign_metadata_failures_total',
    help: 'Looks at the source of the metadata that failed, by reason.',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  readonly androidStatusEntries = new Gauge({
    name: 'countersign_android_status_entries',
    help: 'Entries of the list of revoked Android attestation keys in use; 0 when there is none.',
    registers: [this.registry],
  });

  readonly androidStatusCheckedSeconds = new Gauge({
    name: 'countersign_android_status_checked_timestamp_seconds',
    help: 'When the list of revoked Android attestation keys was last read without a fault, Unix time.',
    registers: [this.registry],
  });

  readonly androidStatusFailures = new Counter({
    name: 'countersign_android_status_failures_total',
    help: 'Looks at the list of revoked Android attestation keys that failed, by reason.',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  readonly devicesCondemned = new Counter({
    name: 'countersign_devices_condemned_total',
    help: 'Enrolled devices that were found condemned, by what was done.',
    labelNames: ['action'],
    registers: [this.registry],
  });

  readonly issuerKeySecondsLeft = new Gauge({
    name: 'countersign_issuer_key_seconds_left',
    help: 'Least of all tenants in use: time until its tokens cannot be signed any more, were no key renewed from now on.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly issuerKeysNotRenewed = new Gauge({
    name: 'countersign_issuer_keys_not_renewed',
    help: 'Tenants in use whose issuer key is due and could not be renewed: all when the key store is away, some when it refuses their keys.',
    labelNames: ['service'],
    registers: [this.registry],
  });

  readonly erasuresOverdue = new Gauge({
    name: 'countersign_erasures_overdue',
    help: 'Erasures of people that not every service has confirmed within 24 hours.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts and times the judging half of a ceremony. */
  async judge<T>(ceremony: Ceremony, work: () => Promise<T>, codeOf: (error: unknown) => string): Promise<T> {
    const done = this.ceremonyDuration.startTimer({ ceremony });
    try {
      const result = await work();
      this.ceremoniesSucceeded.inc({ ceremony });
      return result;
    } catch (error) {
      this.ceremoniesRefused.inc({ ceremony, code: codeOf(error) });
      throw error;
    } finally {
      done();
    }
  }
}
