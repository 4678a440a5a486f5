import type { MetadataEntry } from './entry.js';

/** Levels of certification from weak to strong (FIDO MDS 3 §3.1.4). `FIDO_CERTIFIED` is the scheme before levels. */
export const CERTIFICATION_LEVELS = [
  'FIDO_CERTIFIED',
  'FIDO_CERTIFIED_L1',
  'FIDO_CERTIFIED_L1plus',
  'FIDO_CERTIFIED_L2',
  'FIDO_CERTIFIED_L2plus',
  'FIDO_CERTIFIED_L3',
  'FIDO_CERTIFIED_L3plus',
] as const;
export type CertificationLevel = (typeof CERTIFICATION_LEVELS)[number];

/** Day of an instant, UTC: what dates of the BLOB are compared with. */
export const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

/**
 * Every status that holds at `now`, sorted. A report from later on does not lift an earlier one: a fixed version of a
 * model cannot be told from a broken one at registration.
 */
export function effectiveStatuses({ statuses }: MetadataEntry, now: Date): string[] {
  const today = dayOf(now);
  const holding = statuses.filter(({ effectiveDate }) => effectiveDate === undefined || effectiveDate <= today);
  return [...new Set(holding.map(({ status }) => status))].sort();
}

/** The best level among effective statuses; undefined for a model without one. */
export const certificationOf = (statuses: readonly string[]): CertificationLevel | undefined =>
  CERTIFICATION_LEVELS.findLast((level) => statuses.includes(level));

/** Whether a level is at least the one asked for; none reaches nothing. */
export const reaches = (level: CertificationLevel | undefined, least: CertificationLevel): boolean =>
  CERTIFICATION_LEVELS.slice(CERTIFICATION_LEVELS.indexOf(least)).some((enough) => enough === level);
