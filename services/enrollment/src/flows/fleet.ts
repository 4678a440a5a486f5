import { makeLeaf } from '@countersign/contracts';
import { canonicalJson, isRefusal, uuidv7, type Clock } from '@countersign/kernel';
import {
  judgeModel,
  type EnrolledModel,
  type MetadataIndex,
  type ModelPolicy,
  type ModelVerdict,
} from '@countersign/metadata';
import type { Logger, ServiceMetrics } from '@countersign/platform';
import type { Policy, TenantSnapshot } from '@countersign/policy';
import type { SnapshotStore } from '@countersign/service-base';
import type { Journal } from '../events/journal.js';
import type { HeldMetadata } from '../metadata/held-metadata.js';
import {
  TurnLost,
  type Condemned,
  type Finding,
  type FindingAction,
  type Ground,
  type JudgedDevice,
  type JudgementStore,
  type Turn,
} from '../store/judgement-store.js';
import { forEnrolled } from './models.js';

/**
 * Beside the change itself, registrations may be stored that were judged by what was held before it: a second look, once
 * every process must have heard, finds them.
 */
const FIRST_LOOK = ' first';
const SECOND_LOOK_MS = 20_000;

const ACTIONS = { suspend: 'suspended', flag: 'flagged', list: 'listed' } as const;

export interface FleetParts {
  snapshots: Pick<SnapshotStore, 'all'>;
  held: HeldMetadata;
  judgements: JudgementStore;
  journal: Journal;
  metrics: ServiceMetrics;
  log: Logger;
  clock: Clock;
}

/** One tenant's devices about to be judged. */
interface Case {
  turn: Turn;
  snapshot: TenantSnapshot;
  index: MetadataIndex;
  policy: ModelPolicy;
  action: FindingAction;
}

/**
 * Judges every enrolled device again when metadata or a tenant's policy of models changes: the affected ones are listed,
 * and flagged or suspended as the policy says. One process works on a tenant at a time; what is left by a crash is begun
 * anew, and what was done already is not done twice.
 */
export class Fleet {
  /** By tenant, what its devices were last judged by. */
  private done: Map<string, string> | undefined;
  /** By tenant, when the second look is due; a process that starts takes it at once. */
  private readonly again = new Map<string, number>();
  private readonly policies = new WeakMap<Policy, string>();

  constructor(private readonly parts: FleetParts) {}

  /** Judges the tenants for which something changed. Where nothing did, nothing is asked of the database (R21). */
  async work(signal: AbortSignal): Promise<void> {
    const done = (this.done ??= await this.parts.judgements.judged());
    for (const snapshot of this.parts.snapshots.all()) {
      if (signal.aborted) return;
      const fingerprint = this.fingerprintOf(snapshot);
      const known = done.get(snapshot.tenant);
      if (known === fingerprint || (known === undefined && this.condemnsNothing(snapshot))) continue;
      if (known !== fingerprint + FIRST_LOOK)
        await this.judge(snapshot, [fingerprint + FIRST_LOOK, fingerprint], signal);
      else if (this.isDue(snapshot.tenant)) await this.judge(snapshot, [fingerprint], signal);
    }
  }

  private isDue = (tenant: string): boolean => (this.again.get(tenant) ?? 0) <= this.parts.clock.now().getTime();

  /** The part of a policy that decides, and the state of all models. */
  private fingerprintOf({ policy }: TenantSnapshot): string {
    const text = this.policies.get(policy) ?? canonicalJson(policy.metadata);
    this.policies.set(policy, text);
    return `${this.parts.held.fingerprint().text} ${text}`;
  }

  private condemnsNothing({ policy }: TenantSnapshot): boolean {
    const { allow, deny } = policy.metadata.aaguids;
    return this.parts.held.current.no === 0 && allow === undefined && deny.length === 0;
  }

  /** @param fingerprints what it is recorded as; any further one is as good */
  private async judge(snapshot: TenantSnapshot, fingerprints: string[], signal: AbortSignal): Promise<void> {
    const { judgements, held, log } = this.parts;
    const { tenant, version: snapshotVersion } = snapshot;
    const turn = { tenant, holder: uuidv7() };
    const { current: index } = held;
    const { day } = held.fingerprint();
    const outcome = await judgements.claim(turn, { fingerprints, no: index.no, snapshotVersion, day });
    if (outcome === 'done') this.remember(tenant, fingerprints[0]!);
    if (outcome !== 'claimed') return;
    const action = ACTIONS[snapshot.policy.metadata.onChange];
    try {
      await this.judgeAll({ turn, snapshot, index, policy: forEnrolled(snapshot.policy, index.no), action }, signal);
      await judgements.finish(turn, fingerprints[0]!);
      this.remember(tenant, fingerprints[0]!);
    } catch (error) {
      if (isRefusal(error) && error.kind === 'unavailable') throw error;
      // One tenant that cannot be judged does not keep the others waiting.
      log.error('fleet.not_judged', { tenant, error });
    }
  }

  private remember(tenant: string, fingerprint: string): void {
    this.done?.set(tenant, fingerprint);
    this.again.set(tenant, this.parts.clock.now().getTime() + SECOND_LOOK_MS);
  }

  private async judgeAll(judging: Case, signal: AbortSignal): Promise<void> {
    const { turn, index, action } = judging;
    let changed = 0;
    for await (const models of this.parts.judgements.models(turn.tenant))
      for (const model of models) {
        const verdict = this.verdict(judging, model);
        if (!verdict.ok) changed += await this.condemn(judging, model, groundOf(verdict, action), signal);
      }
    await this.acquit(judging);
    if (changed === 0) return;
    this.parts.metrics.devicesCondemned.inc({ action }, changed);
    this.parts.log.warn('fleet.judged', { tenant: turn.tenant, sequence: index.no, count: changed });
    await this.record(judging, changed);
  }

  private record({ turn: { tenant, holder }, snapshot, index, action }: Case, changed: number): Promise<void> {
    const facts = { action, devices: String(changed), metadata: String(index.no) };
    const event = {
      type: 'fleet.judged',
      outcome: 'success',
      request: holder,
      policy: snapshot.policyVersion,
    } as const;
    return this.parts.journal.record({ ...event, tenant, facts });
  }

  private verdict({ policy, index }: Case, model: EnrolledModel): ModelVerdict {
    return judgeModel(model, policy, index, this.parts.clock.now());
  }

  private async condemn(
    { turn, index: { no } }: Case,
    model: EnrolledModel,
    ground: Ground,
    signal: AbortSignal,
  ): Promise<number> {
    let changed = 0;
    for await (const page of this.parts.judgements.devices(turn.tenant, model)) {
      if (signal.aborted) throw new TurnLost();
      const due = page.filter((device) => !isSettled(device, ground));
      if (due.length === 0) continue;
      const condemned = due.map((device) => eventOf(device, { turn, no, ground }, this.parts.clock.now()));
      changed += await this.parts.judgements.condemn(turn, no, ground, condemned);
      this.parts.journal.committed();
    }
    return changed;
  }

  /** Models that are condemned no longer, and devices that were removed. A suspended one waits for its owner to resume it. */
  private async acquit(judging: Case): Promise<void> {
    for await (const page of this.parts.judgements.allFindings(judging.turn.tenant)) {
      const stands = ({ state, model }: Finding): boolean => state !== 'revoked' && !this.verdict(judging, model).ok;
      const cleared = page.filter((finding) => !stands(finding)).map(({ id }) => id);
      if (cleared.length > 0) await this.parts.judgements.acquit(judging.turn, cleared);
    }
  }
}

function groundOf({ code, facts }: Exclude<ModelVerdict, { ok: true }>, action: FindingAction): Ground {
  const detail = facts['status'] ?? facts['certification'] ?? facts['aaguid'] ?? '';
  return { code, detail: String(detail), action };
}

/** What is on record says it already, and what was to be done is done. */
function isSettled({ finding, state, reason }: JudgedDevice, ground: Ground): boolean {
  const known = finding?.code === ground.code && finding.detail === ground.detail && finding.action === ground.action;
  const stopped = state === 'suspended' && reason !== 'person';
  return known && (ground.action !== 'suspended' || stopped);
}

/** All events of one judging carry its id as their request. */
function eventOf({ id, pseudonym }: JudgedDevice, by: { turn: Turn; no: number; ground: Ground }, at: Date): Condemned {
  const { code, detail, action } = by.ground;
  const type = action === 'suspended' ? 'credential.suspended' : 'credential.flagged';
  const { eventId, leaf } = makeLeaf(
    {
      source: 'enrollment',
      type,
      tenant: by.turn.tenant,
      subject: pseudonym,
      credential: id,
      outcome: 'success',
      request: by.turn.holder,
      facts: { reason: 'metadata', finding: code, detail, metadata: String(by.no) },
    },
    at,
  );
  return { device: id, eventId, type, leaf };
}
