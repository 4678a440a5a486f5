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
  /** What each kind would lose, in 20 places at most; kinds that lose nothing are left out. */
  losses: Map<string, Loss[]>;
}

/** Places told for a kind of device: a policy that leaves it behind everywhere is understood by then. */
const MOST_LOSSES = 20;

/**
 * Judges every kind of device in every place, under both policies.
 *
 * @param pause comes between two places, so that whoever else is waiting gets a turn: a tenant chooses how many there are
 */
export async function previewPolicy(
  places: readonly ComparedPlace[],
  kinds: readonly Kind[],
  pause: () => Promise<unknown>,
): Promise<Preview> {
  const losses = new Map<string, Loss[]>();
  const findings: Finding[] = [];
  for (const place of places) {
    findings.push(...findingsIn(place, kinds, losses));
    await pause();
  }
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
    if (!already) addLoss(losses, key, { ...place, requirements });
    for (const requirement of requirements) {
      const found = findings.get(requirement) ?? { ...place, requirement, devices: 0, already: 0 };
      const more = { devices: found.devices + devices, already: found.already + (already ? devices : 0) };
      findings.set(requirement, { ...found, ...more });
    }
  }
  return [...findings.values()];
}

function addLoss(losses: Map<string, Loss[]>, key: string, loss: Loss): void {
  const told = losses.get(key) ?? [];
  losses.set(key, told);
  if (told.length < MOST_LOSSES) told.push(loss);
}

const sum = (kinds: readonly Kind[]): number => kinds.reduce((total, { devices }) => total + devices, 0);
