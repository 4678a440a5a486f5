import type { Database } from '@countersign/database';
import type { Credential } from '../domain/credential.js';
import { credentialOf, type CredentialRow } from './credential-store.js';

/** A person with all usable and suspended authenticators, and both wrapped keys. */
export interface FoundPerson {
  subject: string;
  pseudonym: string;
  userHandle: Uint8Array;
  wrappedDataKey: Uint8Array;
  wrappedTenantKey: Uint8Array;
  /** With a credential id that one comes first. */
  credentials: Credential[];
}

/** Exactly one of them; bytes are hashes. */
export interface SoughtPerson {
  referenceHash?: Uint8Array;
  credentialHash?: Uint8Array;
  /** UUID. */
  subject?: string;
}

const FIND = { name: 'find_credentials', text: 'select * from find_credentials($1, $2, $3, $4)' };

/** Whose key it is, in one round trip. */
export class CredentialFinder {
  constructor(private readonly database: Database) {}

  async find(
    tenant: string,
    { referenceHash, credentialHash, subject }: SoughtPerson,
  ): Promise<FoundPerson | undefined> {
    const values = [tenant, referenceHash ?? null, credentialHash ?? null, subject ?? null];
    const { rows } = await this.database.query<FoundRow>(FIND, values);
    const [first] = rows;
    return first && { ...personIn(first), credentials: rows.flatMap((row) => credentialIn(tenant, row)) };
  }
}

interface FoundRow extends Omit<CredentialRow, 'id'> {
  pseudonym: string;
  user_handle: Buffer;
  wrapped_data_key: Buffer;
  wrapped_tenant_key: Buffer;
  id: string | null;
}

const personIn = (row: FoundRow): Omit<FoundPerson, 'credentials'> => ({
  subject: row.subject,
  pseudonym: row.pseudonym,
  userHandle: row.user_handle,
  wrappedDataKey: row.wrapped_data_key,
  wrappedTenantKey: row.wrapped_tenant_key,
});

/** None in the row of a person without authenticators. */
const credentialIn = (tenant: string, { id, ...row }: FoundRow): Credential[] =>
  id === null ? [] : [credentialOf({ ...row, id, tenant })];
