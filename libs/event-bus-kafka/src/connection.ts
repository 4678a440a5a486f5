/** How a service reaches Kafka. Secrets are values here; settings name the files they come from. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the others are learnt from them. */
  brokers: readonly string[];
  /** Absent: plain text, which is for loopback only. */
  tls?: {
    /** PEM of the authorities that sign the brokers' certificates; absent: those that Node trusts. */
    ca?: string;
  };
  /** SCRAM-SHA-512. */
  user?: { name: string; password: string };
  /** Name under which this process appears in the brokers' logs. */
  clientId: string;
}

/** A connection, and what the bus makes of it; `timing` that is not told is `DEFAULT_TIMING`. */
export interface KafkaBusOptions extends KafkaConnection {
  /** Stands before the name of each topic and consumer group, e.g. `countersign.`. */
  prefix: string;
  /** Accepts topics that fewer than three brokers hold: for development, never for a bank. */
  unreplicated?: boolean;
  /** The platform's logger fits. */
  log: { warn(event: string, fields: Record<string, unknown>): void };
  timing?: Partial<KafkaTiming>;
}

/** Milliseconds. */
export interface KafkaTiming {
  /** A publication that takes longer has failed; what became of it is unknown. */
  publishDeadline: number;
  /** A broker that does not answer for so long is given up for this request. */
  request: number;
  /** A consumer that is not heard of for so long loses its partitions; brokers take no less than 6,000. */
  session: number;
  /** How long the others wait for a consumer that has a batch in hand. */
  rebalance: number;
  /** Between two looks at whether the log is still the one that is read. */
  watch: number;
}

export const DEFAULT_TIMING: KafkaTiming = {
  publishDeadline: 20_000,
  request: 8_000,
  session: 10_000,
  rebalance: 10_000,
  watch: 5_000,
};
