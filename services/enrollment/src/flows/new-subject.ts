import { randomUUID } from 'node:crypto';
import { newPseudonym, newUserHandle } from '../domain/person.js';
import type { Parts } from '../parts.js';
import type { StoredSubject } from '../store/subject-store.js';
import { sealProfile, type Profile } from './profile.js';

/** A person about to be stored. */
export type NewSubject = Omit<StoredSubject, 'createdAt' | 'activeCredentials'>;

/**
 * Makes a person with a data key of their own; the tenant's key must be ready.
 *
 * @param profile in the form references are compared in
 */
export function newSubject(
  { keys, hashes }: Pick<Parts, 'keys' | 'hashes'>,
  tenant: string,
  profile: Profile,
  userHandle: Uint8Array = newUserHandle(),
): NewSubject {
  const id = randomUUID();
  const { wrapped } = keys.newDataKey(tenant, id);
  return {
    tenant,
    subject: id,
    pseudonym: newPseudonym(),
    userHandle,
    wrappedDataKey: wrapped,
    referenceHash: hashes.reference(tenant, profile.reference),
    profile: sealProfile(keys, { tenant, subject: id, wrappedDataKey: wrapped }, profile),
  };
}
