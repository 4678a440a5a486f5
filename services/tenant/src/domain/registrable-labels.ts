import { refuse } from '@countersign/kernel';

/** As many as every browser reads (WebAuthn L3 §5.11.1); of the origins behind further ones none would work. */
export const MOST_LABELS = 5;

/** The label of a host below its public suffix: `bank` of login.bank.co.uk; undefined where there is none. */
export type LabelOf = (host: string) => string | undefined;

/**
 * Refuses what browsers would silently leave out of a tenant's related origins document: the origins of all its
 * applications have at most five different registrable labels (`bank.example` and `bank.co.uk` share one).
 *
 * @param held origins of the tenant's other applications
 * @param added those of the application that is to be registered
 * @throws `application_invalid` naming the labels there would be
 */
export function checkRegistrableLabels(held: readonly string[], added: readonly string[], labelOf: LabelOf): void {
  const labels = new Set([...held, ...added].flatMap((origin) => labelIn(origin, labelOf)));
  if (labels.size <= MOST_LABELS) return;
  const named = [...labels].sort().join(', ');
  const message = `the tenant would have ${labels.size} registrable labels (${named}); browsers read ${MOST_LABELS}`;
  throw refuse('application_invalid', { errors: [{ path: 'relatedOrigins', message }] });
}

/** None for a native application's key hash, and none for localhost. */
const labelIn = (origin: string, labelOf: LabelOf): string[] =>
  origin.startsWith('https:') ? [labelOf(new URL(origin).hostname) ?? []].flat() : [];
