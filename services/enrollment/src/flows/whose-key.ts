import type { enrollment } from '@countersign/contracts';
import { isUuid, refuse, toBase64Url } from '@countersign/kernel';
import { decoysFor, isDecoy, type ShownCredential } from '../domain/decoys.js';
import { readReference } from '../domain/text.js';
import type { Parts } from '../parts.js';
import { credentialHash } from '../store/credential-store.js';
import type { FoundPerson, SoughtPerson } from '../store/credential-finder.js';

type By = enrollment.GetCredentialsRequest['by'];

/** A person who was found, or nobody; `allowed` looks the same for both. */
export interface WhoseKey {
  found: FoundPerson | undefined;
  allowed: ShownCredential[];
  /** A browser may be told to forget the passkey it presented. */
  forgettable: boolean;
}

/** Credential look-up for sign-in. A known user, an unknown one and one without keys take the same way (R14). */
export class WhoseKeys {
  constructor(private readonly parts: Pick<Parts, 'finder' | 'hashes' | 'snapshots'>) {}

  /** @throws `not_found` for an unknown tenant, `request_invalid` when nothing is asked for */
  async find(tenant: string, by: By): Promise<WhoseKey> {
    this.parts.snapshots.byTenant(tenant);
    const { hashes, finder } = this.parts;
    const decoys = by?.$case === 'userName' ? decoysFor(hashes.decoy, tenant, comparable(by.value)) : [];
    const found = await finder.find(tenant, this.sought(tenant, by));
    const usable = (found?.credentials ?? []).filter(({ state }) => state === 'active');
    const real = usable.map(({ credentialId: id, transports }) => ({ id, transports }));
    return { found, allowed: real.length > 0 ? real : decoys, forgettable: this.forgettable(tenant, by, found) };
  }

  private sought(tenant: string, by: By): SoughtPerson {
    if (by?.$case === 'userName') return { referenceHash: this.parts.hashes.reference(tenant, comparable(by.value)) };
    if (by?.$case === 'credentialId') return { credentialHash: credentialHash(by.value) ?? Buffer.alloc(0) };
    if (by?.$case === 'subject') return isUuid(by.value) ? { subject: by.value } : {};
    throw refuse('request_invalid', {}, 'nothing to look for');
  }

  private forgettable(tenant: string, by: By, found: FoundPerson | undefined): boolean {
    return by?.$case === 'credentialId' && !found && !isDecoy(this.parts.hashes.decoy, tenant, by.value);
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
