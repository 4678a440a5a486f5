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
import type { HeldStatuses } from '../android-status/held-statuses.js';
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
import type { TrustStore } from '../store/trust-store.js';
import { unacceptedTrusts, type KeptTrust } from './kept-trust.js';
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
  statuses: Pick<HeldStatuses, 'current' | 'no'>;
  kept: KeptTrust;
  judgements: JudgementStore;
  trusts: TrustStore;
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
  /** Devices condemned by themselves, whatever their model. */
  struck: Set<string>;
}

/**
 * Judges every enrolled device again when metadata, the list of revoked attestation keys, or a tenant's policy of models
 * and anchors changes: the affected ones are listed, and flagged or suspended as the policy says. One process works on a tenant at a time; what is left by a crash is begun
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

  /** The parts of a policy that decide, the state of all models, and which list of revoked keys it is. */
  private fingerprintOf({ policy }: TenantSnapshot): string {
    const { held, kept, statuses } = this.parts;
    const text = this.policies.get(policy) ?? `${kept.fingerprint(policy)} ${canonicalJson(policy.metadata)}`;
    this.policies.set(policy, text);
    return `${held.fingerprint().text} ${statuses.no} ${text}`;
  }

  private condemnsNothing({ policy }: TenantSnapshot): boolean {
    const { held, kept, statuses } = this.parts;
    const { allow, deny } = policy.metadata.aaguids;
    const nothingHeld = held.current.no === 0 && !statuses.no;
    return nothingHeld && allow === undefined && deny.length === 0 && !kept.names(policy);
  }

  /** @param fingerprints what it is recorded as; any further one is as good */
  private async judge(snapshot: TenantSnapshot, fingerprints: string[], signal: AbortSignal): Promise<void> {
    const { judgements, held, statuses, log } = this.parts;
    const { tenant, version: snapshotVersion } = snapshot;
    const turn = { tenant, holder: uuidv7() };
    const { current: index } = held;
    const { day } = held.fingerprint();
    const by = { fingerprints, no: index.no, statusNo: statuses.no, snapshotVersion, day };
    const outcome = await judgements.claim(turn, by);
    if (outcome === 'done') this.remember(tenant, fingerprints[0]!);
    if (outcome !== 'claimed') return;
    const action = ACTIONS[snapshot.policy.metadata.onChange];
    try {
      const judging = { turn, snapshot, index, action, struck: new Set<string>() };
      await this.judgeAll({ ...judging, policy: forEnrolled(snapshot.policy, index.no) }, signal);
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

  /** Trust first, because a model may be judged by it; then single devices; then models. */
  private async judgeAll(judging: Case, signal: AbortSignal): Promise<void> {
    const { turn, snapshot, index, action } = judging;
    await this.recordTrust(judging, await this.parts.kept.renew(turn, snapshot.policy, signal));
    let changed = (await this.strikeRevoked(judging, signal)) + (await this.strikeLeft(judging, signal));
    for await (const models of this.parts.judgements.models(turn.tenant))
      for (const model of models) {
        const verdict = this.verdict(judging, model);
        if (verdict.ok) continue;
        const devices = this.parts.judgements.devices(turn.tenant, model);
        changed += await this.condemn(judging, devices, () => groundOf(verdict, action), signal);
      }
    await this.acquit(judging);
    if (changed === 0) return;
    this.parts.metrics.devicesCondemned.inc({ action }, changed);
    this.parts.log.warn('fleet.judged', { tenant: turn.tenant, sequence: index.no, count: changed });
    await this.record(judging, action, changed);
  }

  /** Devices whose trust went with its anchor, or came back with it. */
  private async recordTrust(judging: Case, { lost, regained }: { lost: number; regained: number }): Promise<void> {
    if (lost > 0) await this.record(judging, 'distrusted', lost);
    if (regained > 0) await this.record(judging, 'trusted', regained);
  }

  /** Devices whose chain holds a key that has leaked since, or is suspected to. */
  private async strikeRevoked(judging: Case, signal: AbortSignal): Promise<number> {
    const { current: list } = this.parts.statuses;
    if (!list || list === 'unreadable' || list.size === 0) return 0;
    const devices = this.parts.trusts.listed(judging.turn.tenant, [...list.keys()]);
    const status = ({ serial }: { serial: string }): string => list.get(serial) ?? '';
    const ground = (device: { serial: string }): Ground => groundBy('attestation_revoked', status(device), judging);
    return this.strike(judging, devices, ground, signal);
  }

  /** Devices whose anchor has left the policy, of a tenant that would not enroll them as they are now. */
  private strikeLeft(judging: Case, signal: AbortSignal): Promise<number> {
    const { turn, snapshot } = judging;
    const trusts = unacceptedTrusts(snapshot.policy);
    if (trusts.length === 0) return Promise.resolve(0);
    const ground = groundBy('attestation_untrusted', 'anchor', judging);
    return this.strike(judging, this.parts.trusts.left(turn.tenant, trusts), () => ground, signal);
  }

  private async strike<T extends JudgedDevice>(
    judging: Case,
    pages: AsyncGenerator<T[]>,
    ground: (device: T) => Ground,
    signal: AbortSignal,
  ): Promise<number> {
    const found = new Set<string>();
    const changed = await this.condemn(judging, noting(pages, found), ground, signal);
    for (const id of found) judging.struck.add(id);
    return changed;
  }

  private record({ turn: { tenant, holder }, snapshot, index }: Case, action: string, changed: number): Promise<void> {
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

  /** Each device is condemned for one reason: the first that was found. */
  private async condemn<T extends JudgedDevice>(
    { turn, index: { no }, struck }: Case,
    pages: AsyncGenerator<T[]>,
    groundFor: (device: T) => Ground,
    signal: AbortSignal,
  ): Promise<number> {
    let changed = 0;
    for await (const page of pages) {
      if (signal.aborted) throw new TurnLost();
      const grounds = page.map((device) => ({ device, ground: groundFor(device) }));
      const due = grounds.filter(({ device, ground }) => !struck.has(device.id) && !isSettled(device, ground));
      for (const [ground, devices] of byGround(due)) {
        const condemned = devices.map((device) =>
          eventOf(device, { turn, no, type: typeOf(ground), ground }, this.parts.clock.now()),
        );
        changed += await this.parts.judgements.condemn(turn, no, ground, condemned);
        this.parts.journal.committed();
      }
    }
    return changed;
  }

  /** Devices that nothing condemns any longer, and removed ones. Those that only this had stopped work again. */
  private async acquit(judging: Case): Promise<void> {
    const { judgements } = this.parts;
    let resumed = 0;
    for await (const page of judgements.allFindings(judging.turn.tenant)) {
      const stands = ({ id, state, model }: Finding): boolean =>
        state !== 'revoked' && (judging.struck.has(id) || !this.verdict(judging, model).ok);
      const cleared = page.filter((finding) => !stands(finding)).map(({ id }) => id);
      if (cleared.length === 0) continue;
      resumed += await this.resume(judging, cleared);
      await judgements.acquit(judging.turn, cleared);
    }
    if (resumed > 0) await this.record(judging, 'resumed', resumed);
  }

  /** Who has one device would be locked out for good. A list that went away acquits nobody of having been on it. */
  private async resume({ turn, index: { no } }: Case, cleared: readonly string[]): Promise<number> {
    const { judgements, journal, statuses, clock } = this.parts;
    const hasList = statuses.current !== undefined && statuses.current !== 'unreadable';
    const found = await judgements.resumable(turn.tenant, cleared);
    const due = found.filter(({ code }) => code !== 'attestation_revoked' || hasList);
    if (due.length === 0) return 0;
    const leaves = due.map(({ code, detail, ...device }) => {
      const told = { turn, no, type: 'credential.resumed', ground: { code, detail } } as const;
      return eventOf(device, told, clock.now());
    });
    const resumed = await judgements.resume(turn, leaves);
    journal.committed();
    return resumed;
  }
}

function groundOf({ code, facts }: Exclude<ModelVerdict, { ok: true }>, action: FindingAction): Ground {
  const detail = facts['status'] ?? facts['certification'] ?? facts['aaguid'] ?? '';
  return { code, detail: String(detail), action };
}

const groundBy = (code: string, detail: string, { action }: Case): Ground => ({ code, detail, action });

/** Hands pages on and notes who was on them. */
async function* noting<T extends JudgedDevice>(pages: AsyncGenerator<T[]>, ids: Set<string>): AsyncGenerator<T[]> {
  for await (const page of pages) {
    for (const { id } of page) ids.add(id);
    yield page;
  }
}

/** What is written in one step has one ground. */
function byGround<T extends JudgedDevice>(due: readonly { device: T; ground: Ground }[]): [Ground, T[]][] {
  const groups = new Map<string, [Ground, T[]]>();
  for (const { device, ground } of due) {
    const group = groups.get(`${ground.code} ${ground.detail}`) ?? [ground, []];
    group[1].push(device);
    groups.set(`${ground.code} ${ground.detail}`, group);
  }
  return [...groups.values()];
}

/** What is on record says it already, and what was to be done is done. */
function isSettled({ finding, state, reason }: JudgedDevice, ground: Ground): boolean {
  const known = finding?.code === ground.code && finding.detail === ground.detail && finding.action === ground.action;
  const stopped = state === 'suspended' && reason !== 'person';
  return known && (ground.action !== 'suspended' || stopped);
}

/** What an event about one device tells. */
interface Told {
  turn: Turn;
  /** Of the BLOB. */
  no: number;
  type: 'credential.suspended' | 'credential.flagged' | 'credential.resumed';
  ground: Pick<Ground, 'code' | 'detail'>;
}

const typeOf = ({ action }: Ground) => (action === 'suspended' ? 'credential.suspended' : 'credential.flagged');

/** All events of one judging carry its id as their request. */
function eventOf({ id, pseudonym }: Pick<JudgedDevice, 'id' | 'pseudonym'>, told: Told, at: Date): Condemned {
  const { turn, no, type, ground } = told;
  const { eventId, leaf } = makeLeaf(
    {
      source: 'enrollment',
      type,
      tenant: turn.tenant,
      subject: pseudonym,
      credential: id,
      outcome: 'success',
      request: turn.holder,
      facts: { reason: 'metadata', finding: ground.code, detail: ground.detail, metadata: String(no) },
    },
    at,
  );
  return { device: id, eventId, type, leaf };
}
