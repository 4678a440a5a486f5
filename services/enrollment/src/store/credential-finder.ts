import type { Database } from '@countersign/database';
import { toBase64Url, type CredentialTraits } from '@countersign/kernel';
import type { Credential } from '../domain/credential.js';
import { credentialOf, type CredentialRow } from './credential-store.js';

/** The holder of a key, with all usable and suspended authenticators and both wrapped keys. */
export interface FoundPerson {
  subject: string;
  pseudonym: string;
  userHandle: Uint8Array;
  wrappedDataKey: Uint8Array;
  wrappedTenantKey: Uint8Array;
  profile: { sealed: Uint8Array; commitment: string };
  /** The one that was asked for comes first. */
  credentials: Credential[];
}

/** A person as the options of a ceremony need one. */
export interface AllowedCredentials {
  subject: string;
  /** Of usable authenticators. */
  credentials: { id: string; transports: string[] }[];
}

/** One of a person's own keys, with what policy can ask of it. */
export interface OwnKey extends CredentialTraits {
  id: string;
  state: string;
  transports: string[];
  keyProtection: string[];
}

const FIND_ALLOWED = { name: 'find_allowed', text: 'select * from find_allowed($1, $2, $3)' };
const FIND_OWN_KEYS = { name: 'find_own_keys', text: 'select * from find_own_keys($1, $2)' };
const FIND_HOLDER = { name: 'find_key_holder', text: 'select * from find_key_holder($1, $2)' };

/** Whose key it is, in one round trip. */
export class CredentialFinder {
  constructor(private readonly database: Database) {}

  async allowed(tenant: string, referenceHash: Uint8Array): Promise<AllowedCredentials | undefined> {
    const { rows } = await this.database.query<AllowedRow>(FIND_ALLOWED, [tenant, referenceHash, null]);
    const [first] = rows;
    return first && { subject: first.subject, credentials: rows.flatMap(shownIn) };
  }

  /** Keys of a person in any state but revoked. */
  async ownKeys(tenant: string, subject: string): Promise<OwnKey[]> {
    const { rows } = await this.database.query<OwnKeyRow>(FIND_OWN_KEYS, [tenant, subject]);
    return rows.map(ownKeyOf);
  }

  /** Their models as far as they are certified. @param credentialHash see `credentialHash` */
  async holder(tenant: string, credentialHash: Uint8Array): Promise<FoundPerson | undefined> {
    const { rows } = await this.database.query<HolderRow>(FIND_HOLDER, [tenant, credentialHash]);
    const [first] = rows;
    return (
      first && {
        ...personIn(first),
        credentials: rows.map((row) => credentialOf({ ...row, tenant, aaguid: row.aaguid ?? '' })),
      }
    );
  }
}

interface AllowedRow {
  subject: string;
  credential_id: Buffer | null;
  transports: string[] | null;
}

interface OwnKeyRow {
  credential_id: Buffer;
  transports: string[];
  state: string;
  algorithm: number;
  backup_eligible: boolean;
  backup_state: boolean;
  user_verified: boolean;
  aaguid: string | null;
  attestation_trust: string;
  key_protection: string[];
}

interface HolderRow extends Omit<CredentialRow, 'aaguid'> {
  /** Null: only claimed. */
  aaguid: string | null;
  pseudonym: string;
  user_handle: Buffer;
  wrapped_data_key: Buffer;
  wrapped_tenant_key: Buffer;
  profile: Buffer;
  profile_commitment: string;
}

/** None in the row of a person without usable authenticators. */
const shownIn = ({ credential_id: id, transports }: AllowedRow): AllowedCredentials['credentials'] =>
  id === null ? [] : [{ id: toBase64Url(id), transports: transports ?? [] }];

const ownKeyOf = (row: OwnKeyRow): OwnKey => ({
  id: toBase64Url(row.credential_id),
  transports: row.transports,
  state: row.state,
  algorithm: row.algorithm,
  backupEligible: row.backup_eligible,
  backupState: row.backup_state,
  userVerified: row.user_verified,
  aaguid: row.aaguid ?? '',
  attestationTrust: row.attestation_trust,
  keyProtection: row.key_protection,
});

const personIn = (row: HolderRow): Omit<FoundPerson, 'credentials'> => ({
  subject: row.subject,
  pseudonym: row.pseudonym,
  userHandle: row.user_handle,
  wrappedDataKey: row.wrapped_data_key,
  wrappedTenantKey: row.wrapped_tenant_key,
  profile: { sealed: row.profile, commitment: row.profile_commitment },
});
