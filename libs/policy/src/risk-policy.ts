import { z } from 'zod';

const points = (value: number): z.ZodDefault<z.ZodNumber> => z.number().int().min(-100).max(100).default(value);

/** Points per signal and outcome. The signals that exist today are `device`, `failures` and `velocity`. */
export const riskSignals = z.strictObject({
  device: z.strictObject({ known: points(0), similarOs: points(10), newOs: points(20) }).prefault({}),
  failures: z.strictObject({ none: points(0), few: points(10), many: points(25) }).prefault({}),
  velocity: z.strictObject({ normal: points(0), multiple: points(15), rapid: points(30) }).prefault({}),
  counter: z.strictObject({ advanced: points(0), replayed: points(40) }).prefault({}),
});

export const riskLevels = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export const riskActions = ['allow', 'verify_email', 'verify_phone', 'step_up', 'block'] as const;

const band = z.strictObject({
  level: z.enum(riskLevels),
  /** Greatest score of the band. */
  upTo: z.number().int().min(0).max(100),
  action: z.enum(riskActions),
});

export const riskPolicy = z.strictObject({
  signals: riskSignals.prefault({}),
  bands: z
    .array(band)
    .min(1)
    .default([
      { level: 'LOW', upTo: 30, action: 'allow' },
      { level: 'MEDIUM', upTo: 60, action: 'verify_email' },
      { level: 'HIGH', upTo: 85, action: 'verify_phone' },
      { level: 'CRITICAL', upTo: 100, action: 'block' },
    ])
    .refine((bands) => bands.at(-1)?.upTo === 100, 'the last band must reach 100')
    .refine(
      (bands) => bands.every((each, index) => index === 0 || each.upTo > bands[index - 1]!.upTo),
      'bands must rise',
    ),
  /** Failed attempts in the last hour from which they count as few, and as many. */
  failures: z
    .strictObject({ few: z.number().int().min(1).default(1), many: z.number().int().min(2).default(3) })
    .refine(({ few, many }) => few < many, { path: ['many'], message: 'must be more than `few`' })
    .prefault({}),
  /** Sign-ins in the last ten minutes from which they count as multiple, and as rapid. */
  velocity: z
    .strictObject({ multiple: z.number().int().min(2).default(5), rapid: z.number().int().min(3).default(15) })
    .refine(({ multiple, rapid }) => multiple < rapid, { path: ['rapid'], message: 'must be more than `multiple`' })
    .prefault({}),
  /** What the absence of the risk service means at sign-in and at step-up. */
  whenAbsent: z
    .strictObject({
      signIn: z.enum(['allow', 'block']).default('allow'),
      stepUp: z.enum(['allow', 'block']).default('block'),
    })
    .prefault({}),
});

export type RiskPolicy = z.output<typeof riskPolicy>;
export type RiskLevel = (typeof riskLevels)[number];
export type RiskAction = (typeof riskActions)[number];

/** One signal's outcome, e.g. `device: newOs`. */
export type SignalOutcome = {
  [S in keyof RiskPolicy['signals']]: { signal: S; outcome: keyof RiskPolicy['signals'][S] };
}[keyof RiskPolicy['signals']];

export interface RiskScore {
  /** 0 to 100. */
  score: number;
  level: RiskLevel;
  action: RiskAction;
  /** `signal.outcome` of what added or took points, strongest first. */
  reasons: string[];
}

/** Adds the points of all outcomes, clamps to 0-100 (NXG-7), finds the band. */
export function scoreRisk(policy: RiskPolicy, outcomes: readonly SignalOutcome[]): RiskScore {
  const weighed = outcomes.map(({ signal, outcome }) => ({
    reason: `${signal}.${outcome}`,
    points: (policy.signals[signal] as Record<string, number>)[outcome] ?? 0,
  }));
  const score = Math.max(
    0,
    Math.min(
      100,
      weighed.reduce((sum, { points: add }) => sum + add, 0),
    ),
  );
  const found = policy.bands.find(({ upTo }) => score <= upTo)!;
  const reasons = weighed
    .filter(({ points: add }) => add !== 0)
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points))
    .map(({ reason }) => reason);
  return { score, level: found.level, action: found.action, reasons };
}
