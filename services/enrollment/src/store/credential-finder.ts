import type { Database } from '@countersign/database';
import { toBase64Url } from '@countersign/kernel';
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

/** Exactly one of them. */
export interface SoughtPerson {
  referenceHash?: Uint8Array;
  /** UUID. */
  subject?: string;
}

/** A person as the options of a ceremony need one. */
export interface AllowedCredentials {
  subject: string;
  /** Of usable authenticators. */
  credentials: { id: string; transports: string[] }[];
}

const FIND_ALLOWED = { name: 'find_allowed', text: 'select * from find_allowed($1, $2, $3)' };
const FIND_HOLDER = { name: 'find_holder', text: 'select * from find_holder($1, $2)' };

/** Whose key it is, in one round trip. */
export class CredentialFinder {
  constructor(private readonly database: Database) {}

  async allowed(tenant: string, { referenceHash, subject }: SoughtPerson): Promise<AllowedCredentials | undefined> {
    const values = [tenant, referenceHash ?? null, subject ?? null];
    const { rows } = await this.database.query<AllowedRow>(FIND_ALLOWED, values);
    const [first] = rows;
    return first && { subject: first.subject, credentials: rows.flatMap(shownIn) };
  }

  /** @param credentialHash see `credentialHash` */
  async holder(tenant: string, credentialHash: Uint8Array): Promise<FoundPerson | undefined> {
    const { rows } = await this.database.query<HolderRow>(FIND_HOLDER, [tenant, credentialHash]);
    const [first] = rows;
    return first && { ...personIn(first), credentials: rows.map((row) => credentialOf({ ...row, tenant })) };
  }
}

interface AllowedRow {
  subject: string;
  credential_id: Buffer | null;
  transports: string[] | null;
}

interface HolderRow extends CredentialRow {
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

const personIn = (row: HolderRow): Omit<FoundPerson, 'credentials'> => ({
  subject: row.subject,
  pseudonym: row.pseudonym,
  userHandle: row.user_handle,
  wrappedDataKey: row.wrapped_data_key,
  wrappedTenantKey: row.wrapped_tenant_key,
  profile: { sealed: row.profile, commitment: row.profile_commitment },
});
