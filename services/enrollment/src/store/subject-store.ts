import type { Queryable } from '@countersign/database';
import type { Person } from '../domain/person.js';

/** A person as stored: the profile is sealed under the person's own key. */
export interface StoredSubject extends Person {
  referenceHash: Uint8Array;
  profile: { sealed: Uint8Array; commitment: string };
  createdAt: Date;
  activeCredentials: number;
}

export interface SubjectRow {
  id: string;
  tenant: string;
  pseudonym: string;
  user_handle: Buffer;
  wrapped_data_key: Buffer;
}

const INSERT = {
  name: 'subject_insert',
  text: `insert into subject (id, tenant, pseudonym, user_handle, reference_hash, profile, profile_commitment, wrapped_data_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant, reference_hash) do nothing`,
};
const BY_ID = { name: 'subject_by_id', text: 'select * from subject where tenant = $1 and id = $2' };
/** Locked against erasure, which waits for this transaction, or this statement for its end: then there is nobody. */
const HELD = {
  name: 'subjects_hold',
  text: 'select id from subject where tenant = $1 and id = any($2::uuid[]) order by id for key share',
};
/** As above, and one after another: who counts what a person has, and adds to it, is the only one at that moment. */
const HELD_ALONE = {
  name: 'subject_hold_alone',
  text: 'select id from subject where tenant = $1 and id = $2 for no key update',
};
const BY_REFERENCE = {
  name: 'subject_hold_by_reference',
  text: 'select id from subject where tenant = $1 and reference_hash = $2 for key share',
};
const CLAIM = {
  name: 'idempotency_claim',
  text: `insert into idempotency_key (tenant, client, key_hash, request_hash, subject) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
};
const CLAIMED = {
  name: 'idempotency_claimed',
  text: 'select request_hash, subject from idempotency_key where tenant = $1 and client = $2 and key_hash = $3',
};
const POINT = {
  name: 'idempotency_point',
  text: 'update idempotency_key set subject = $4 where tenant = $1 and client = $2 and key_hash = $3',
};

/** A server's repeatable POST: whose, under which key, and what it asked for. */
export interface RepeatableRequest {
  client: string;
  keyHash: Uint8Array;
  requestHash: Uint8Array;
}

/** What an idempotency key was claimed for earlier. */
export interface Claimed {
  subject: string;
  sameRequest: boolean;
}

export const personOfRow = (row: SubjectRow): Person => ({
  tenant: row.tenant,
  subject: row.id,
  pseudonym: row.pseudonym,
  userHandle: row.user_handle,
  wrappedDataKey: row.wrapped_data_key,
});

/** Subjects and the answers to repeated requests for them. */
export class SubjectStore {
  /** False when the reference is taken: the unique key decides, not a look beforehand. */
  async add(tx: Queryable, subject: Omit<StoredSubject, 'createdAt' | 'activeCredentials'>): Promise<boolean> {
    const { subject: id, tenant, pseudonym, userHandle, referenceHash, profile, wrappedDataKey } = subject;
    const bytes = [userHandle, referenceHash, profile.sealed].map((each) => Buffer.from(each));
    const values = [id, tenant, pseudonym, ...bytes, profile.commitment, Buffer.from(wrappedDataKey)];
    return (await tx.query(INSERT, values)).rowCount === 1;
  }

  async byId(tx: Queryable, tenant: string, id: string): Promise<Person | undefined> {
    const { rows } = await tx.query<SubjectRow>(BY_ID, [tenant, id]);
    return rows[0] && personOfRow(rows[0]);
  }

  /**
   * Keeps these people from being erased until the transaction ends; to be called before anything else of theirs is written,
   * which is the order in which erasure locks. False when one of them is gone.
   */
  async hold(tx: Queryable, tenant: string, ids: readonly string[]): Promise<boolean> {
    return (await tx.query(HELD, [tenant, ids])).rowCount === ids.length;
  }

  /** As `hold`, and alone: nobody else holds this person so until the transaction ends. */
  async holdAlone(tx: Queryable, tenant: string, id: string): Promise<boolean> {
    return (await tx.query(HELD_ALONE, [tenant, id])).rowCount === 1;
  }

  /** Whose reference it is, held as by `hold`; undefined when the person was erased since somebody looked. */
  async holdByReference(tx: Queryable, tenant: string, referenceHash: Uint8Array): Promise<string | undefined> {
    return (await tx.query<{ id: string }>(BY_REFERENCE, [tenant, referenceHash])).rows[0]?.id;
  }

  /**
   * Claims an idempotency key for a subject about to be made, or tells what it was claimed for.
   * `gone`: the key went with its person since somebody looked.
   */
  async claim(
    tx: Queryable,
    tenant: string,
    { client, keyHash, requestHash }: RepeatableRequest,
    subject: string,
  ): Promise<Claimed | 'claimed' | 'gone'> {
    const { rowCount } = await tx.query(CLAIM, [tenant, client, keyHash, requestHash, subject]);
    if (rowCount === 1) return 'claimed';
    const { rows } = await tx.query<{ request_hash: Buffer; subject: string }>(CLAIMED, [tenant, client, keyHash]);
    if (!rows[0]) return 'gone';
    return { subject: rows[0].subject, sameRequest: rows[0].request_hash.equals(requestHash) };
  }

  /** The key leads to the subject that existed already. */
  async point(tx: Queryable, tenant: string, { client, keyHash }: RepeatableRequest, subject: string): Promise<void> {
    await tx.query(POINT, [tenant, client, keyHash, subject]);
  }
}
