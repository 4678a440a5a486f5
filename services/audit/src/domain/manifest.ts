import { isUuid, refuse } from '@countersign/kernel';

/** What a source says it wrote in one stretch of whole minutes (docs/protocols/manifest.md). */
export interface SaidManifest {
  from: Date;
  /** Exclusive. */
  until: Date;
  events: number;
  /** SHA-256. */
  digest: Uint8Array;
}

/** What audit found of it. */
export interface FoundManifest {
  equal: boolean;
  /** In the log or in quarantine. */
  events: number;
  /** In quarantine only. */
  quarantined: number;
  /** Whether a later event of the source was read. */
  passed: boolean;
}

const MINUTE_MS = 60_000;
const LONGEST_MS = 60 * MINUTE_MS;
const MOST_IDS = 5_000;
const DIGEST_BYTES = 32;

/**
 * A wider stretch would make audit read much for one question, and one that is not over could not be complete.
 *
 * @throws `request_invalid`
 */
export function readManifest(
  said: { fromMs: bigint; untilMs: bigint; events: number; digest: Uint8Array },
  now: Date,
): SaidManifest {
  const [from, until] = [Number(said.fromMs), Number(said.untilMs)];
  if (from <= 0 || from % MINUTE_MS !== 0) throw invalid('fromMs', 'not a whole minute');
  if (until % MINUTE_MS !== 0 || until <= from || until - from > LONGEST_MS)
    throw invalid('untilMs', 'not a whole minute at most an hour after fromMs');
  if (until > now.getTime()) throw invalid('untilMs', 'not over yet');
  if (said.digest.length !== DIGEST_BYTES) throw invalid('digest', `not ${DIGEST_BYTES} bytes`);
  return { from: new Date(from), until: new Date(until), events: said.events, digest: said.digest };
}

/** @throws `request_invalid` */
export function readIds(ids: readonly string[]): readonly string[] {
  if (ids.length === 0 || ids.length > MOST_IDS) throw invalid('ids', `not 1 to ${MOST_IDS}`);
  if (!ids.every(isUuid)) throw invalid('ids', 'not UUIDs');
  return ids;
}

/** Whether both speak of the same events. */
export const isSame = (said: SaidManifest, found: { events: number; digest: Uint8Array }): boolean =>
  said.events === found.events && Buffer.from(said.digest).equals(found.digest);

const invalid = (path: string, message: string): Error => refuse('request_invalid', { errors: [{ path, message }] });
