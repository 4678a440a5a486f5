import type { Question, Signals } from '../ports.js';

/** Points at which a number of happenings changes its name; of the tenant's policy. */
export interface Thresholds {
  failures: { few: number; many: number };
  velocity: { multiple: number; rapid: number };
}

/** Outcome of each signal; libs/policy gives it its points. */
export type Outcome =
  | { signal: 'device'; outcome: 'known' | 'similarOs' | 'newOs' }
  | { signal: 'failures'; outcome: 'none' | 'few' | 'many' }
  | { signal: 'velocity'; outcome: 'normal' | 'multiple' | 'rapid' }
  | { signal: 'counter'; outcome: 'advanced' | 'replayed' };

/** Families whose devices share one keychain, so that a synced passkey moves between them as a matter of course. */
const KIN: readonly (readonly string[])[] = [['ios', 'macos']];

export const akinTo = (platform: string): string[] =>
  KIN.filter((family) => family.includes(platform)).flatMap((family) => family.filter((each) => each !== platform));

/** Names what is remembered (NXG-6). The present attempt counts as one of the sign-ins. */
export function weigh({ counterReplayed }: Question, signals: Signals, thresholds: Thresholds): Outcome[] {
  return [
    { signal: 'device', outcome: deviceOutcome(signals) },
    { signal: 'failures', outcome: failuresOutcome(signals.failures, thresholds.failures) },
    { signal: 'velocity', outcome: velocityOutcome(signals.signIns + 1, thresholds.velocity) },
    { signal: 'counter', outcome: counterReplayed ? 'replayed' : 'advanced' },
  ];
}

const deviceOutcome = ({ seenHere, seenAkin, personHere }: Signals) =>
  seenHere ? 'known' : seenAkin || personHere ? 'similarOs' : 'newOs';

const failuresOutcome = (count: number, { few, many }: Thresholds['failures']) =>
  count >= many ? 'many' : count >= few ? 'few' : 'none';

const velocityOutcome = (count: number, { multiple, rapid }: Thresholds['velocity']) =>
  count >= rapid ? 'rapid' : count >= multiple ? 'multiple' : 'normal';
