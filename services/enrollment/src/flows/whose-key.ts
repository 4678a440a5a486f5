import { isUuid, toBase64Url } from '@countersign/kernel';
import { decoysFor, isDecoy, type ShownCredential } from '../domain/decoys.js';
import { readReference } from '../domain/text.js';
import type { Parts } from '../parts.js';
import { credentialHash } from '../store/credential-store.js';
import type { FoundPerson, OwnKey } from '../store/credential-finder.js';
import { openProfile } from './profile.js';
import { namesOf, type SignalFacts } from './signal-facts.js';

const NAMELESS = { userName: '', displayName: '' };

/** Whom options are for; `allowed` looks the same for somebody and nobody. */
export interface AllowedFor {
  /** Empty for nobody. */
  subject: string;
  allowed: ShownCredential[];
}

/** Whose key was presented. */
export interface WhoseKey {
  found: FoundPerson | undefined;
  /** The names their passkey provider shows; empty for nobody. */
  shown: Pick<SignalFacts, 'userName' | 'displayName'>;
  /** A browser may be told to forget the passkey it presented. */
  forgettable: boolean;
}

/** Credential look-up for sign-in. A known user, an unknown one and one without keys take the same way (R14). */
export class WhoseKeys {
  constructor(private readonly parts: Pick<Parts, 'finder' | 'hashes' | 'snapshots' | 'keys'>) {}

  /** @throws `not_found` for an unknown tenant */
  async allowedByName(tenant: string, userName: string): Promise<AllowedFor> {
    this.parts.snapshots.byTenant(tenant);
    const { hashes, finder } = this.parts;
    const reference = comparable(userName);
    const decoys = decoysFor(hashes.decoy, tenant, reference);
    const found = await finder.allowed(tenant, hashes.reference(tenant, reference));
    const real = found?.credentials ?? [];
    return { subject: found?.subject ?? '', allowed: real.length > 0 ? real : decoys };
  }

  /** @throws `not_found` for an unknown tenant */
  async keysOf(tenant: string, subject: string): Promise<OwnKey[]> {
    this.parts.snapshots.byTenant(tenant);
    return isUuid(subject) ? this.parts.finder.ownKeys(tenant, subject) : [];
  }

  /** @throws `not_found` for an unknown tenant */
  async byCredentialId(tenant: string, id: string): Promise<WhoseKey> {
    this.parts.snapshots.byTenant(tenant);
    const { hashes, finder } = this.parts;
    const found = await finder.holder(tenant, credentialHash(id) ?? Buffer.alloc(0));
    const shown = found ? await this.shown(tenant, found) : NAMELESS;
    return { found, shown, forgettable: !found && !isDecoy(hashes.decoy, tenant, id) };
  }

  private async shown(tenant: string, found: FoundPerson): Promise<WhoseKey['shown']> {
    const { keys } = this.parts;
    await keys.ready(tenant);
    return namesOf(openProfile(keys, { tenant, ...found }, found.profile));
  }
}

/** A user name in the form references are compared in. One that could be nobody's is looked for like any other. */
function comparable(userName: string): string {
  try {
    return readReference(userName);
  } catch {
    return `\u0000${userName}`;
  }
}

/** The opaque user id, or nothing for nobody. */
export const handleOf = (found: FoundPerson | undefined): string => (found ? toBase64Url(found.userHandle) : '');
