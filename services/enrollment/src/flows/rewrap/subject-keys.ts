import { refuse } from '@countersign/kernel';
import type { PersonKeys } from '../../store/person-keys.js';
import type { KeyStage, RewrapStore } from '../../store/rewrap-store.js';
import type { RewrapStep } from '../../domain/rewrap.js';
import type { RewrapBatch } from './tenant-keys.js';

export interface RewrapProgress extends RewrapBatch {
  stage: KeyStage;
  subjects: number;
}

const NOTHING: RewrapBatch = { lookedAt: 0, rewrapped: 0, next: '' };

/**
 * Replaces a tenant's key while it is in use: announce, promote, move the data keys, drop the earlier one. Both keys are
 * wrapped together meanwhile, so that whoever is handed one can open everything. Each step can be repeated, and where it
 * stands is stored: a command that was stopped goes on.
 */
export class RewrapSubjectKeys {
  constructor(
    private readonly store: RewrapStore,
    private readonly keys: PersonKeys,
  ) {}

  /** @throws `not_found` for a tenant without a key yet, `conflict` for a step that is not due or was overtaken */
  async step(tenant: string, step: RewrapStep, after: string, limit: number): Promise<RewrapProgress> {
    await this.keys.ready(tenant);
    const stored = await this.store.tenantKey(tenant);
    if (!stored) throw refuse('not_found');
    const done = await this.carryOut(stored, step, after, limit);
    const { stage } = (await this.store.tenantKey(tenant))!;
    return { ...done, stage, subjects: await this.store.subjects(tenant) };
  }

  private async carryOut(
    stored: { tenant: string; wrapped: Uint8Array; stage: KeyStage },
    step: RewrapStep,
    after: string,
    limit: number,
  ): Promise<RewrapBatch> {
    const { tenant, wrapped, stage } = stored;
    const { ring } = this.keys;
    if (step === 'begin' && stage === 'settled') {
      const both = await ring.announce(tenant, wrapped);
      await this.replace(stored, both, 'announced');
    } else if (step === 'promote' && stage === 'announced') {
      await this.replace(stored, await ring.promote(tenant, wrapped), 'moving');
    } else if (step === 'move') {
      requireStage(stage, 'moving');
      return this.move(tenant, wrapped, after, limit);
    } else if (step === 'finish' && stage === 'moving') {
      const alone = await ring.retire(tenant, wrapped);
      const [id] = await ring.keyIds(tenant, alone);
      if (!(await this.store.retire(stored, alone, id!))) throw refuse('conflict', {}, 'data keys are left to move');
    }
    return NOTHING;
  }

  private async replace(
    stored: { tenant: string; wrapped: Uint8Array },
    wrapped: Uint8Array,
    stage: KeyStage,
  ): Promise<void> {
    const ids = await this.keys.ring.keyIds(stored.tenant, wrapped);
    if (!(await this.store.replace(stored, wrapped, stage, ids))) throw refuse('conflict', {}, 'overtaken');
    await this.keys.ring.load(stored.tenant, wrapped);
  }

  /** One batch of people, in the order of their ids. */
  private async move(tenant: string, wrapped: Uint8Array, after: string, limit: number): Promise<RewrapBatch> {
    const { ring } = this.keys;
    await ring.load(tenant, wrapped);
    const [current] = await ring.keyIds(tenant, wrapped);
    const page = await this.store.dataKeys(tenant, after, limit);
    const old = page.filter((each) => !Buffer.from(current!).equals(each.wrapped.subarray(1, 5)));
    const moved = old.map(({ subject, wrapped: before }) => {
      return { subject, before, after: ring.rewrapDataKey(tenant, subject, before) };
    });
    const rewrapped = await this.store.move(tenant, moved);
    return { lookedAt: page.length, rewrapped, next: page.length === limit ? page.at(-1)!.subject : '' };
  }
}

function requireStage(stage: KeyStage, wanted: KeyStage): void {
  if (stage !== wanted) throw refuse('conflict', {}, `the key is ${stage}, not ${wanted}`);
}
