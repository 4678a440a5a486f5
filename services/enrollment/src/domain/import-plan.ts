import type { Code } from '@countersign/kernel';

/** One line of an import, read and judged by itself. Bytes are base64url, hashes of this service's own making. */
export interface ImportLine {
  referenceHash: string;
  /** As the person's authenticators return it; absent where the other party never gave one. */
  userHandle?: string;
  credentialHash: string;
  publicKey: string;
}

/** A person as they were found. */
export interface KnownPerson {
  subject: string;
  referenceHash: string;
  userHandle: string;
  /** No authenticator was ever enrolled and none is being: nothing holds the present handle yet. */
  untouched: boolean;
}

export interface KnownCredential {
  subject: string;
  credentialHash: string;
  publicKey: string;
}

/** What becomes of a line. */
export type Decision =
  /** `person` is who gets it; `adopt`: they take the line's user handle first; `created`: they are new. */
  | { outcome: 'imported'; person: string; created: boolean; adopt: boolean }
  | { outcome: 'known' }
  | { outcome: 'refused'; code: Code };

/**
 * Decides the lines of a batch in their order, each with what the ones before it will have done. A credential that is
 * there already, for the same person and with the same key, is no fault: so an import can be run again.
 */
export class ImportPlan {
  private readonly byReference: Map<string, KnownPerson>;
  private readonly handles: Map<string, string>;
  private readonly credentials: Map<string, KnownCredential>;

  constructor(
    people: readonly KnownPerson[],
    credentials: readonly KnownCredential[],
    private readonly newPerson: (line: ImportLine) => { subject: string; userHandle: string },
  ) {
    this.byReference = new Map(people.map((person) => [person.referenceHash, { ...person }]));
    this.handles = new Map(people.map(({ userHandle, subject }) => [userHandle, subject]));
    this.credentials = new Map(credentials.map((credential) => [credential.credentialHash, credential]));
  }

  decide(line: ImportLine): Decision {
    const held = this.credentials.get(line.credentialHash);
    const person = this.byReference.get(line.referenceHash);
    if (held) return this.again(held, line, person);
    const decision = person ? this.further(line, person) : this.first(line);
    if (decision.outcome === 'imported')
      this.credentials.set(line.credentialHash, { ...line, subject: decision.person });
    return decision;
  }

  /** Unique in the tenant (WebAuthn L3 §7.1 step 26): under another name or with another key it is somebody else's. */
  private again(held: KnownCredential, line: ImportLine, person?: KnownPerson): Decision {
    const same = held.subject === person?.subject && held.publicKey === line.publicKey;
    return same ? { outcome: 'known' } : { outcome: 'refused', code: 'credential_exists' };
  }

  private first(line: ImportLine): Decision {
    if (this.isTaken(line.userHandle)) return { outcome: 'refused', code: 'user_handle_conflict' };
    const { subject, userHandle } = this.newPerson(line);
    this.byReference.set(line.referenceHash, {
      subject,
      referenceHash: line.referenceHash,
      userHandle,
      untouched: false,
    });
    this.handles.set(userHandle, subject);
    return { outcome: 'imported', person: subject, created: true, adopt: false };
  }

  /** A handle changes only while nothing holds the old one: an authenticator would go on returning it. */
  private further({ userHandle }: ImportLine, person: KnownPerson): Decision {
    const adopt = userHandle !== undefined && userHandle !== person.userHandle;
    if (adopt && (!person.untouched || this.isTaken(userHandle)))
      return { outcome: 'refused', code: 'user_handle_conflict' };
    if (adopt) {
      person.userHandle = userHandle;
      this.handles.set(userHandle, person.subject);
    }
    person.untouched = false;
    return { outcome: 'imported', person: person.subject, created: false, adopt };
  }

  private isTaken(userHandle: string | undefined): boolean {
    return userHandle !== undefined && this.handles.has(userHandle);
  }
}
