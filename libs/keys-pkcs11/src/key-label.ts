import type { HeldKey } from '@countersign/keys';

/** What of a key's life stands in its label, the one attribute every token lets its owner change. */
export type LabelledLife = Pick<HeldKey, 'createdAt' | 'activatedAt'> & { disabledAt?: Date };

const LABEL = /^[^ ]+ created=(\d{1,15})( activated=(\d{1,15}))?( disabled=(\d{1,15}))?$/;

/** E.g. `session:caller/2 created=1767225600000 activated=1767312000000`; times in Unix milliseconds. */
export const labelOf = (id: string, { createdAt, activatedAt, disabledAt }: LabelledLife): string =>
  [
    id,
    `created=${createdAt.getTime()}`,
    ...(activatedAt ? [`activated=${activatedAt.getTime()}`] : []),
    ...(disabledAt ? [`disabled=${disabledAt.getTime()}`] : []),
  ].join(' ');

const date = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(Number(text)));

/** Undefined for a label of somebody else's. */
export function readLabel(label: string): LabelledLife | undefined {
  const match = LABEL.exec(label);
  if (!match) return undefined;
  const [activatedAt, disabledAt] = [date(match[3]), date(match[5])];
  return {
    createdAt: new Date(Number(match[1])),
    ...(activatedAt && { activatedAt }),
    ...(disabledAt && { disabledAt }),
  };
}
