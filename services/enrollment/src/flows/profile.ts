import type { PersonKeys, KeyOwner } from '../store/person-keys.js';

/** What the tenant says about a person; stored sealed only. */
export interface Profile {
  /** The tenant's own name for the person. */
  reference: string;
  /** May be empty. */
  displayName: string;
}

const contextOf = ({ tenant, subject }: KeyOwner) => ({ purpose: 'subject profile', subject, tenant });

export const sealProfile = (keys: PersonKeys, owner: KeyOwner, { reference, displayName }: Profile) =>
  keys.seal(owner, contextOf(owner), { displayName, reference });

export function openProfile(
  keys: PersonKeys,
  owner: KeyOwner,
  stored: { sealed: Uint8Array; commitment: string },
): Profile {
  const { reference, displayName } = keys.open(owner, contextOf(owner), stored);
  return { reference: String(reference), displayName: String(displayName) };
}
