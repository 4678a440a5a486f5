import type { Database, Queryable } from '@countersign/database';
import { fromBase64Url, sha256, toBase64Url } from '@countersign/kernel';
import type { Credential } from '../domain/credential.js';
import type { CredentialState, StateReason, Transition } from '../domain/life-cycle.js';

/** A credential about to be stored, with the evidence it was judged by. */
export interface NewCredential extends Omit<Credential, 'state' | 'reason' | 'createdAt' | 'lastUsedAt'> {
  /** As the authenticator made it, so that its attestation can be judged again. */
  attestationObject: Uint8Array;
  clientDataHash: Uint8Array;
  client: string;
  policyVersion: number;
}

const INSERT = {
  name: 'credential_insert',
  text: `insert into credential (id, tenant, subject, credential_id, credential_hash, public_key, algorithm, counter,
           backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format, attestation_trust,
           attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version,
           key_protection)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         on conflict (tenant, credential_hash) do nothing returning *`,
};
const RENAME = {
  name: 'credential_rename',
  text: `update credential set name = $4, name_commitment = $5
          where tenant = $1 and subject = $2 and id = $3 and state <> 'revoked' returning *`,
};
const CHANGE = {
  name: 'credential_change',
  text: `update credential set state = $5, state_reason = $6
          where tenant = $1 and subject = $2 and id = $3 and state = any($4) and state_reason <> all($7) returning *`,
};
const FIND = {
  name: 'credential_find',
  text: 'select * from credential where tenant = $1 and subject = $2 and id = $3',
};
const COUNT = {
  name: 'credential_count',
  text: `select count(*)::integer as n from credential where tenant = $1 and subject = $2 and state <> 'revoked'`,
};
const SPEND_GRANT = {
  name: 'grant_spend',
  text: `insert into spent_grant (tenant, jti, expires_at)
         select $1, $2, $3 where exists (
           select from credential where tenant = $1 and subject = $4 and id = $5 and state = 'active')
         on conflict do nothing`,
};
const RECORD_USE = { name: 'record_use', text: 'select record_use($1, $2, $3, $4) as advanced' };

const hashOf = (credentialId: Uint8Array): Buffer => Buffer.from(sha256(credentialId));

/** Hash by which a credential is found; undefined for what is not base64url. */
export function credentialHash(credentialId: string): Buffer | undefined {
  const bytes = fromBase64Url(credentialId);
  return bytes && hashOf(bytes);
}

/** A person's authenticators. Every method sees one tenant, and where it takes a subject, that person's only. */
export class CredentialStore {
  constructor(private readonly database: Database) {}

  /** Undefined when the credential id is known already: the unique key decides (WebAuthn L3 §7.1 step 26). */
  async add(tx: Queryable, credential: NewCredential): Promise<Credential | undefined> {
    const { rows } = await tx.query<CredentialRow>(INSERT, insertValues(credential));
    return rows[0] && credentialOf(rows[0]);
  }

  /** Authenticators of a person that are not removed. */
  async count(tx: Queryable, tenant: string, subject: string): Promise<number> {
    return (await tx.query<{ n: number }>(COUNT, [tenant, subject])).rows[0]!.n;
  }

  async rename(
    tx: Queryable,
    { tenant, subject, id }: CredentialKey,
    name: Credential['name'],
  ): Promise<Credential | undefined> {
    const values = [tenant, subject, id, Buffer.from(name.sealed), name.commitment];
    const { rows } = await tx.query<CredentialRow>(RENAME, values);
    return rows[0] && credentialOf(rows[0]);
  }

  /** The changed credential, or undefined when it was in none of the states the transition starts from. */
  async change(tx: Queryable, key: CredentialKey, transition: Transition): Promise<Credential | undefined> {
    const { from, to, reason, unless } = transition;
    const { rows } = await tx.query<CredentialRow>(CHANGE, [key.tenant, key.subject, key.id, from, to, reason, unless]);
    return rows[0] && credentialOf(rows[0]);
  }

  async find(tx: Queryable, { tenant, subject, id }: CredentialKey): Promise<Credential | undefined> {
    const { rows } = await tx.query<CredentialRow>(FIND, [tenant, subject, id]);
    return rows[0] && credentialOf(rows[0]);
  }

  /** True for the one act a grant is spent on; false also when the credential that stepped up is no longer active. */
  async spendGrant(
    tx: Queryable,
    grant: { tenant: string; subject: string; jti: string; keepUntil: Date; credential: string },
  ): Promise<boolean> {
    const values = [grant.tenant, grant.jti, grant.keepUntil, grant.subject, grant.credential];
    return (await tx.query(SPEND_GRANT, values)).rowCount === 1;
  }

  /** One round trip: the function sets the tenant and moves the counter upward only. */
  async recordUse(tenant: string, id: string, counter: number, backupState: boolean): Promise<boolean> {
    const { rows } = await this.database.query<{ advanced: boolean }>(RECORD_USE, [tenant, id, counter, backupState]);
    return rows[0]!.advanced;
  }
}

export interface CredentialKey {
  tenant: string;
  subject: string;
  id: string;
}

/** A row of `credential`; bytea as Buffer, bigint as bigint. */
export interface CredentialRow {
  id: string;
  tenant: string;
  subject: string;
  credential_id: Buffer;
  public_key: Buffer;
  algorithm: number;
  counter: bigint;
  backup_eligible: boolean;
  backup_state: boolean;
  user_verified: boolean;
  transports: string[];
  state: CredentialState;
  state_reason: StateReason;
  name: Buffer;
  name_commitment: string;
  aaguid: string;
  attestation_format: string;
  attestation_trust: string;
  key_protection: string[];
  platform: string;
  created_at: Date;
  last_used_at: Date | null;
}

export const credentialOf = (row: CredentialRow): Credential => ({
  id: row.id,
  tenant: row.tenant,
  subject: row.subject,
  credentialId: toBase64Url(row.credential_id),
  publicKey: row.public_key,
  algorithm: row.algorithm,
  counter: Number(row.counter),
  backupEligible: row.backup_eligible,
  backupState: row.backup_state,
  userVerified: row.user_verified,
  transports: row.transports,
  state: row.state,
  reason: row.state_reason,
  name: { sealed: row.name, commitment: row.name_commitment },
  aaguid: row.aaguid,
  attestationFormat: row.attestation_format,
  attestationTrust: row.attestation_trust,
  keyProtection: row.key_protection,
  platform: row.platform,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at ?? undefined,
});

function insertValues(c: NewCredential): unknown[] {
  const id = Buffer.from(c.credentialId, 'base64url');
  return [
    ...[c.id, c.tenant, c.subject, id, hashOf(id), Buffer.from(c.publicKey), c.algorithm, c.counter],
    ...[
      c.backupEligible,
      c.backupState,
      c.userVerified,
      c.transports,
      c.aaguid,
      c.attestationFormat,
      c.attestationTrust,
    ],
    ...[Buffer.from(c.attestationObject), Buffer.from(c.clientDataHash), Buffer.from(c.name.sealed), c.name.commitment],
    ...[c.platform, c.client, c.policyVersion, c.keyProtection],
  ];
}
