/** Services that keep something of a person beside enrollment; each says when nothing is left. */
export const CONFIRMING = ['audit', 'risk', 'session'] as const;

/** The alarm sounds when an erasure has waited so long. */
export const OVERDUE_AFTER = '24 hours';

/** What is known of an erasure. */
export interface ErasureProgress {
  confirmed: readonly string[];
  endsDevices: boolean;
  completedAt: Date | undefined;
}

/** Who still has to do something; `enrollment` stands for devices whose sessions are to be ended. */
export function waitingFor({ confirmed, endsDevices, completedAt }: ErasureProgress): string[] {
  if (completedAt) return [];
  return [...(endsDevices ? ['enrollment'] : []), ...CONFIRMING.filter((service) => !confirmed.includes(service))];
}
