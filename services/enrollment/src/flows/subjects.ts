import type { Transaction } from '@countersign/database';
import { refuse } from '@countersign/kernel';
import { readDisplayName, readIdempotencyKey, readReference } from '../domain/text.js';
import type { Parts } from '../parts.js';
import type { RepeatableRequest, StoredSubject } from '../store/subject-store.js';
import type { ServerCaller } from './caller.js';
import { newSubject, type NewSubject } from './new-subject.js';
import { Overtaken, unlessOvertaken } from './overtaken.js';
import { openProfile, type Profile } from './profile.js';

export interface SubjectWanted {
  reference: string;
  displayName: string;
  /** Empty: none. */
  idempotencyKey: string;
}

/** People of a tenant that brings its own. */
export class Subjects {
  constructor(private readonly parts: Parts) {}

  /**
   * Makes the subject of a reference, or finds it: the reference is unique in its tenant, so this can be repeated with or
   * without an idempotency key.
   *
   * @throws `reference_invalid`, `display_name_invalid`, `idempotency_key_invalid`, `idempotency_conflict`, `conflict`
   */
  async create(
    caller: ServerCaller,
    wanted: SubjectWanted,
    request: string,
  ): Promise<{ subject: string; created: boolean }> {
    const profile = { reference: readReference(wanted.reference), displayName: readDisplayName(wanted.displayName) };
    const repeatable = this.repeatable(caller, readIdempotencyKey(wanted.idempotencyKey), profile);
    await this.parts.keys.ready(caller.tenant);
    const subject = newSubject(this.parts, caller.tenant, profile);
    const result = await unlessOvertaken(() =>
      this.parts.database.inTenant(caller.tenant, (tx) => this.store(tx, caller, subject, repeatable, request)),
    );
    this.parts.journal.committed();
    return result;
  }

  /** @throws `not_found`, also for another tenant's subject */
  async read(tenant: string, id: string): Promise<StoredSubject & Profile> {
    const subject = await this.parts.people.find(tenant, id);
    if (!subject) throw refuse('not_found');
    await this.parts.keys.ready(tenant);
    return { ...subject, ...openProfile(this.parts.keys, subject, subject.profile) };
  }

  private async store(
    tx: Transaction,
    { tenant, client }: ServerCaller,
    subject: NewSubject,
    repeatable: RepeatableRequest | undefined,
    request: string,
  ): Promise<{ subject: string; created: boolean }> {
    const { subjects, journal } = this.parts;
    const earlier = repeatable ? await subjects.claim(tx, tenant, repeatable, subject.subject) : 'claimed';
    if (earlier === 'gone') throw new Overtaken();
    if (earlier !== 'claimed' && !earlier.sameRequest) throw refuse('idempotency_conflict');
    if (earlier !== 'claimed') return { subject: earlier.subject, created: false };
    if (!(await subjects.add(tx, subject))) {
      const existing = await subjects.holdByReference(tx, tenant, subject.referenceHash);
      if (!existing) throw new Overtaken();
      if (repeatable) await subjects.point(tx, tenant, repeatable, existing);
      return { subject: existing, created: false };
    }
    await journal.append(tx, { type: 'subject.created', outcome: 'success', tenant, about: subject, client, request });
    return { subject: subject.subject, created: true };
  }

  private repeatable(
    { tenant, client }: ServerCaller,
    key: string | undefined,
    profile: Profile,
  ): RepeatableRequest | undefined {
    const { hashes } = this.parts;
    return key === undefined
      ? undefined
      : { client, keyHash: hashes.request({ tenant, client, key }), requestHash: hashes.request({ ...profile }) };
  }
}
