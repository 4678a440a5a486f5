import type { Leaf } from '@countersign/contracts';
import type { Queryable } from '@countersign/database';
import { fromBase64Url, toBase64Url } from '@countersign/kernel';
import type { KnownCredential, KnownPerson } from '../domain/import-plan.js';
import type { Person } from '../domain/person.js';
import type { NewCredential } from './credential-store.js';
import { personOfRow, type StoredSubject, type SubjectRow } from './subject-store.js';

const PEOPLE = {
  name: 'import_people',
  text: `select s.id, s.tenant, s.pseudonym, s.user_handle, s.wrapped_data_key, s.reference_hash,
           not exists (select from credential c where c.tenant = s.tenant and c.subject = s.id)
             and not exists (select from ticket t where t.tenant = s.tenant and t.subject = s.id and t.spent_at is null
                               and t.expires_at > clock_timestamp()) as untouched
         from subject s where s.tenant = $1 and (s.reference_hash = any($2) or s.user_handle = any($3))`,
};
const CREDENTIALS = {
  name: 'import_credentials_known',
  text: `select subject, credential_hash, public_key from credential where tenant = $1 and credential_hash = any($2)`,
};
const ADOPT = {
  name: 'import_adopt',
  text: `update subject s set user_handle = $3 where s.tenant = $1 and s.id = $2
           and not exists (select from credential c where c.tenant = s.tenant and c.subject = s.id)
           and not exists (select from subject o where o.tenant = s.tenant and o.user_handle = $3)`,
};
const ADD_PEOPLE = {
  name: 'import_people_add',
  text: `insert into subject (id, tenant, pseudonym, user_handle, reference_hash, profile, profile_commitment, wrapped_data_key)
         select id, $1, pseudonym, handle, reference, profile, commitment, key
           from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[], $8::bytea[])
             n(id, pseudonym, handle, reference, profile, commitment, key)
         on conflict do nothing`,
};
const ADD_CREDENTIALS = {
  name: 'import_credentials_add',
  text: `insert into credential (id, tenant, subject, credential_id, credential_hash, public_key, algorithm, counter,
           backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format, attestation_trust,
           attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version, created_at)
         select id, $1, subject, credential_id, hash, public_key, algorithm, counter, eligible, state, verified,
                array(select jsonb_array_elements_text(transports)), aaguid, 'none', 'none', ''::bytea, ''::bytea,
                name, commitment, 'other', $2, $3, created_at
           from unnest($4::uuid[], $5::uuid[], $6::bytea[], $7::bytea[], $8::bytea[], $9::integer[], $10::bigint[],
                       $11::boolean[], $12::boolean[], $13::boolean[], $14::jsonb[], $15::uuid[], $16::bytea[],
                       $17::text[], $18::timestamptz[])
             n(id, subject, credential_id, hash, public_key, algorithm, counter, eligible, state, verified, transports,
               aaguid, name, commitment, created_at)
         on conflict do nothing`,
};
const APPEND = {
  name: 'import_events',
  text: `select outbox_append(e.id, $1, e.type, e.leaf) from unnest($2::uuid[], $3::text[], $4::bytea[]) e(id, type, leaf)`,
};

/** What an import adds of a credential; the rest is the same for all: nothing attested, made nowhere we know. */
export type ImportedRow = Pick<
  NewCredential,
  | 'id'
  | 'subject'
  | 'credentialId'
  | 'publicKey'
  | 'algorithm'
  | 'counter'
  | 'backupEligible'
  | 'backupState'
  | 'userVerified'
  | 'transports'
  | 'aaguid'
  | 'name'
> & { hash: Uint8Array; createdAt: Date };

export type FoundForImport = KnownPerson & { person: Person };

/** Batches of an import: a handful of statements, however many lines. All within one transaction of the tenant. */
export class ImportStore {
  async people(
    tx: Queryable,
    tenant: string,
    references: Uint8Array[],
    handles: Uint8Array[],
  ): Promise<FoundForImport[]> {
    const values = [tenant, references.map(buffer), handles.map(buffer)];
    const { rows } = await tx.query<SubjectRow & { reference_hash: Buffer; untouched: boolean }>(PEOPLE, values);
    return rows.map((row) => ({
      person: personOfRow(row),
      subject: row.id,
      referenceHash: toBase64Url(row.reference_hash),
      userHandle: toBase64Url(row.user_handle),
      untouched: row.untouched,
    }));
  }

  async credentials(tx: Queryable, tenant: string, hashes: Uint8Array[]): Promise<KnownCredential[]> {
    const { rows } = await tx.query<{ subject: string; credential_hash: Buffer; public_key: Buffer }>(CREDENTIALS, [
      tenant,
      hashes.map(buffer),
    ]);
    return rows.map(({ subject, credential_hash: hash, public_key: key }) => ({
      subject,
      credentialHash: toBase64Url(hash),
      publicKey: toBase64Url(key),
    }));
  }

  /** False when the person got an authenticator, or somebody the handle, since they were looked at. */
  async adopt(tx: Queryable, tenant: string, subject: string, userHandle: string): Promise<boolean> {
    return (await tx.query(ADOPT, [tenant, subject, buffer(fromBase64Url(userHandle)!)])).rowCount === 1;
  }

  /** False when somebody else added one of them first. */
  async addPeople(
    tx: Queryable,
    tenant: string,
    people: readonly Omit<StoredSubject, 'createdAt' | 'activeCredentials'>[],
  ): Promise<boolean> {
    if (people.length === 0) return true;
    const column = <T>(of: (person: (typeof people)[number]) => T): T[] => people.map(of);
    const { rowCount } = await tx.query(ADD_PEOPLE, [
      tenant,
      column(({ subject }) => subject),
      column(({ pseudonym }) => pseudonym),
      column(({ userHandle }) => buffer(userHandle)),
      column(({ referenceHash }) => buffer(referenceHash)),
      column(({ profile }) => buffer(profile.sealed)),
      column(({ profile }) => profile.commitment),
      column(({ wrappedDataKey }) => buffer(wrappedDataKey)),
    ]);
    return rowCount === people.length;
  }

  /** False when somebody else added one of them first. */
  async addCredentials(
    tx: Queryable,
    { tenant, client, policyVersion }: { tenant: string; client: string; policyVersion: number },
    rows: readonly ImportedRow[],
  ): Promise<boolean> {
    const column = <T>(of: (row: ImportedRow) => T): T[] => rows.map(of);
    const { rowCount } = await tx.query(ADD_CREDENTIALS, [
      ...[tenant, client, policyVersion],
      column(({ id }) => id),
      column(({ subject }) => subject),
      column(({ credentialId }) => buffer(fromBase64Url(credentialId)!)),
      column(({ hash }) => buffer(hash)),
      column(({ publicKey }) => buffer(publicKey)),
      column(({ algorithm }) => algorithm),
      column(({ counter }) => counter),
      column(({ backupEligible }) => backupEligible),
      column(({ backupState }) => backupState),
      column(({ userVerified }) => userVerified),
      column(({ transports }) => JSON.stringify(transports)),
      column(({ aaguid }) => aaguid),
      column(({ name }) => buffer(name.sealed)),
      column(({ name }) => name.commitment),
      column(({ createdAt }) => createdAt),
    ]);
    return rowCount === rows.length;
  }

  async append(tx: Queryable, tenant: string, leaves: readonly Leaf[]): Promise<void> {
    const values = [leaves.map(({ eventId }) => eventId), leaves.map(({ type }) => type)];
    await tx.query(APPEND, [tenant, ...values, leaves.map(({ leaf }) => buffer(leaf))]);
  }
}

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
