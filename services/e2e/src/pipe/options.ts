import type { ServiceName } from '@countersign/contracts';

/** Where a relay may be hit, in the order in which it gets there. */
export const RELAY_STEPS = [
  'before it publishes a batch',
  'after it published a batch',
  'after it marked a batch',
] as const;
/** Likewise a reader. */
export const READER_STEPS = [
  'before it begins a batch',
  'before it commits a batch',
  'after it committed a batch',
  'before it tells Kafka how far it is',
] as const;
export type Step = (typeof RELAY_STEPS)[number] | (typeof READER_STEPS)[number];

/** What happens to the process at a step, the `times`-th time it gets there. */
export interface Fate {
  step: Step;
  times: number;
  /** SIGSTOP: it sleeps, and goes on when somebody wakes it. */
  signal: 'SIGKILL' | 'SIGSTOP';
}

interface Common {
  brokers: readonly string[];
  /** Accepts topics of one replica. */
  unreplicated: boolean;
  databaseUrl: string;
  fate?: Fate;
}

/** The outbox relay of one service. */
export interface RelayPart extends Common {
  part: 'relay';
  source: ServiceName;
}

/** The audit service's reader of some topics. */
export interface ReaderPart extends Common {
  part: 'reader';
  sources: readonly ServiceName[];
}

export type Part = RelayPart | ReaderPart;

/** What a process says: that it runs, that it is about to sleep, or what its reader met with. */
export type PartMessage = { running: true } | { sleeps: true } | { met: string };

/** Stands before the topics. */
export const PIPE_PREFIX = 'pipe.';
