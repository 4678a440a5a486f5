import { unmetRequirements, type AssuranceNeeds, type CredentialTraits, type Requirement } from '@countersign/kernel';

/** A place where something is asked of a device: signing in to an application, or an action there. */
export interface Place {
  /** Client id; left out: every application the policy does not name. */
  application?: string;
  /** Left out: signing in. */
  action?: string;
}

/** What is asked in a place today, and what a policy that is not in force yet would ask. */
export interface ComparedPlace extends Place {
  before: AssuranceNeeds;
  after: AssuranceNeeds;
}

/** Devices that satisfy the same policies, because policy can tell nothing about them apart. */
export interface Kind {
  /** Names the kind. */
  key: string;
  traits: CredentialTraits;
  devices: number;
}

/** One requirement that some devices would not satisfy in one place. */
export interface Finding extends Place {
  requirement: Requirement;
  devices: number;
  /** How many of them do not satisfy what is asked in that place today either. */
  already: number;
}

/** What a device would lack in one place where it lacks nothing today. */
export interface Loss extends Place {
  requirements: Requirement[];
}

export interface Preview {
  devices: number;
  /** Devices that would lose something. */
  affected: number;
  findings: Finding[];
  /** What each kind would lose; kinds that lose nothing are left out. */
  losses: Map<string, Loss[]>;
}

/** Judges every kind of device in every place, under both policies. */
export function previewPolicy(places: readonly ComparedPlace[], kinds: readonly Kind[]): Preview {
  const losses = new Map<string, Loss[]>();
  const findings = places.flatMap((place) => findingsIn(place, kinds, losses));
  const affected = kinds.filter(({ key }) => losses.has(key));
  return { devices: sum(kinds), affected: sum(affected), findings, losses };
}

function findingsIn(
  { before, after, ...place }: ComparedPlace,
  kinds: readonly Kind[],
  losses: Map<string, Loss[]>,
): Finding[] {
  const findings = new Map<Requirement, Finding>();
  for (const { key, traits, devices } of kinds) {
    const requirements = unmetRequirements(after, traits);
    if (requirements.length === 0) continue;
    const already = unmetRequirements(before, traits).length > 0;
    if (!already) losses.set(key, [...(losses.get(key) ?? []), { ...place, requirements }]);
    for (const requirement of requirements) {
      const found = findings.get(requirement) ?? { ...place, requirement, devices: 0, already: 0 };
      const more = { devices: found.devices + devices, already: found.already + (already ? devices : 0) };
      findings.set(requirement, { ...found, ...more });
    }
  }
  return [...findings.values()];
}

const sum = (kinds: readonly Kind[]): number => kinds.reduce((total, { devices }) => total + devices, 0);
