/** What a service wrote in one stretch of whole minutes, by the time in the event ids (docs/protocols/manifest.md). */
export interface Manifest {
  from: Date;
  /** Exclusive. */
  until: Date;
  events: number;
  /** SHA-256 over the ids, ascending, 16 bytes each. */
  digest: Uint8Array;
}

/** What audit has of the same stretch. */
export interface Held {
  equal: boolean;
  /** In the log or in quarantine. */
  events: number;
  /** Whether audit has read an event of this source that is later than the stretch. */
  passed: boolean;
}

/** Audit, asked by a source about what it wrote itself. */
export interface ManifestLog {
  compare(manifest: Manifest): Promise<Held>;
  /** @param ids at most 5,000 @returns those that are neither in the log nor in quarantine */
  missing(ids: readonly string[]): Promise<string[]>;
}

/** A manifest that audit is to be asked about now. */
export interface DueManifest extends Manifest {
  /** How often events of it were sent again. */
  resent: number;
  /** For how long audit has held something else, while everything was sent. */
  differsMs: number;
  /** Whether something later was sent: when audit has passed it, what it does not have yet is not on its way any more. */
  laterSent: boolean;
}

export type Verdict =
  | { is: 'covered' }
  /** Audit may only be behind. */
  | { is: 'late'; askInMs: number }
  /** It has been too long: what is missing is to be found and sent again. */
  | { is: 'missing' };

/** How much longer a source waits where nothing shows yet that audit has read past the minute. */
const NOT_PASSED = 30;
/** After each sending again it waits so much longer before the next, up to the longest. */
const LONGER = 5;
const LONGEST_MS = 6 * 3_600_000;
const ASK_LEAST_MS = 1_000;
const ASK_MOST_MS = 300_000;

/** @param patienceMs how long a difference is taken for a delay where audit is known to have read on */
export function judge({ resent, differsMs, laterSent }: DueManifest, held: Held, patienceMs: number): Verdict {
  if (held.equal) return { is: 'covered' };
  const first = patienceMs * (held.passed || !laterSent ? 1 : NOT_PASSED);
  const patience = Math.min(first * LONGER ** resent, LONGEST_MS);
  if (differsMs >= patience) return { is: 'missing' };
  return { is: 'late', askInMs: Math.min(Math.max(patience / 4, ASK_LEAST_MS), ASK_MOST_MS) };
}

/** The least UUIDv7 of an instant: an id that is less is older. @param ms Unix milliseconds */
export function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
