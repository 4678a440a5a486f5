import type { Leaf } from '@countersign/contracts';
import type { DpopAlgorithm } from '@countersign/kernel';
import type { ServiceBase, SnapshotStore } from '@countersign/service-base';
import type { PublicKey } from './domain/dpop/public-key.js';
import type { EndReason, Limits, Session, SessionState } from './domain/session.js';
import type { Touch } from './domain/last-active.js';
import type { RefreshSecret } from './domain/secrets.js';

/** Every tenant's configuration, as last signed by the control plane. */
export type Snapshots = Pick<SnapshotStore, 'byTenant' | 'bySlug' | 'byClient'>;

/** Where events go: as leaves into a change's transaction, or on their own. */
export type Events = Pick<ServiceBase, 'leaf' | 'record' | 'wake'>;

/** What Establish stores. Exactly one of `cookieHash` and `refresh` is there: web or native. */
export interface NewSession extends Omit<Session, 'createdAt' | 'lastActiveAt' | 'cookieHash'> {
  begunAt: Date;
  cookieHash?: Uint8Array;
  refresh?: { familyHash: Uint8Array; hash: Uint8Array };
}

/** What raises a session, or is the proof behind a grant. */
export interface Proof {
  tenant: string;
  session: string;
  subject: string;
  credential: string;
  begunAt: Date;
}

export interface Elevation extends Proof {
  acr: string;
  amr: readonly string[];
  /** Unix seconds. */
  authTime: number;
  /** Unix seconds; a session whose proof by hardware is from before is worth less than its row says. */
  hardwareSince: number;
}

export interface FoundSession {
  state: SessionState;
  session: Session;
}

/** The token a refresh is to hand out, if it is the one that rotates. */
export interface Successor {
  hash: Uint8Array;
  /** Key of whoever refreshes; undefined: a bearer. */
  jkt: string | undefined;
  /** The token itself, sealed for whoever presents the same token again. */
  sealed: Uint8Array;
}

/** `bound`: the token is the present one, and its session belongs to another key. `repeated`: R6. */
export type Rotation =
  | { outcome: 'rotated' | 'ended' | 'reused' | 'bound'; session: Session }
  | { outcome: 'repeated'; session: Session; sealed: Uint8Array }
  | { outcome: 'unknown' };

/** Which sessions of a tenant to end. */
export type EndTarget =
  { session: string; subject?: string } | { subject: string; except?: string } | { credential: string };

/** Sessions and tombstones. Each method is one transaction; events commit with the change. */
export interface SessionStore {
  /** False when the device was ended after the ceremony began. */
  establish(session: NewSession, event: Leaf, sealed?: Uint8Array): Promise<boolean>;
  /** One statement that writes nothing (R20). */
  find(tenant: string, session: string, limits: Limits): Promise<FoundSession | undefined>;
  /** Live sessions, newest first. */
  list(tenant: string, subject: string, limits: Limits): Promise<Session[]>;
  /** Replaces the secret if it is the present one of a live session and the key is right: one conditional write. */
  rotate(secret: RefreshSecret, next: Successor, clientId: string, limits: Limits): Promise<Rotation>;
  /** Whether a refresh token is, or was, one of its session's. Writes nothing. */
  isOfFamily(secret: RefreshSecret): Promise<boolean>;
  /** False when the session is not live, or the new authentication is weaker or older. */
  elevate(elevation: Elevation, order: readonly string[], limits: Limits, event: Leaf): Promise<boolean>;
  /** False when the session is not live, or the device was ended. */
  grant(proof: Proof, limits: Limits, event: Leaf): Promise<boolean>;
  /**
   * Ends sessions that were not ended yet and writes the events of each.
   *
   * @returns how many of them were live
   */
  end(
    tenant: string,
    target: EndTarget,
    reason: EndReason,
    limits: Limits,
    eventsOf: (session: Session) => Leaf[],
  ): Promise<number>;
  /** As `end`, and puts up the device's tombstone in the same transaction. */
  endDevice(
    tenant: string,
    credential: string,
    reason: 'device_revoked' | 'device_suspended',
    limits: Limits,
    eventsOf: (session: Session) => Leaf[],
  ): Promise<number>;
  touch(tenant: string, touches: readonly Touch[], now: Date): Promise<void>;
}

/** Identifiers of client assertions, each spent once. */
export interface AssertionStore {
  /** False when it was spent before. One conditional insert. */
  spend(tenant: string, clientId: string, jti: string, expiresAt: Date): Promise<boolean>;
}

/** A proof that is to be spent. */
export interface ProofToSpend {
  /** Hash of its key, what it is for, and its `jti`. */
  spent: Uint8Array;
  /** Its `iat`, Unix seconds. */
  issuedAt: number;
  /** base64url. */
  nonce: string | undefined;
  needsNonce: boolean;
}

/** `nonce`: it needs a fresh one. `time`: too old or from the future, by the clock of the store. */
export type ProofVerdict = 'spent now' | 'spent before' | 'nonce' | 'time';

/** Proofs that were spent, remembered for longer than they would be accepted. */
export interface ProofStore {
  /** One statement decides; of any number of replicas one gets `spent now`. `nonce` is for the next proof, or empty. */
  spend(tenant: string, proof: ProofToSpend): Promise<{ verdict: ProofVerdict; nonce: string }>;
}

/** The signature of a proof. */
export interface ProofKeys {
  /** Thumbprint of the key (RFC 7638) when the proof is signed by it, else undefined. */
  signedBy(proof: string, key: PublicKey, alg: DpopAlgorithm): Promise<string | undefined>;
}

/** Keys that a command has disabled, for all replicas. */
export interface DisabledKeyStore {
  all(): Promise<string[]>;
  add(key: string): Promise<void>;
}
