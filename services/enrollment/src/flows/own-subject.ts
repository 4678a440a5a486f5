import { refuse } from '@countersign/kernel';
import type { Parts } from '../parts.js';
import type { StoredSubject } from '../store/subject-store.js';
import type { CallingPerson } from './grants.js';
import { openProfile, type Profile } from './profile.js';

/** A person with what the tenant says about them. */
export type OwnSubject = StoredSubject & Profile;

/** The subject of the person who calls, with the opened profile. @throws `not_found` */
export async function ownSubject(parts: Parts, { tenant, person }: CallingPerson): Promise<OwnSubject> {
  const subject = await parts.people.find(tenant, person.subject);
  if (!subject) throw refuse('not_found');
  await parts.keys.ready(tenant);
  return { ...subject, ...openProfile(parts.keys, subject, subject.profile) };
}
