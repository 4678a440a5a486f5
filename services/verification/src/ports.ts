import type { Acr, AssuranceNeeds, CredentialTraits, Refusal } from '@countersign/kernel';

/** The request that causes all this; deadline and id travel with every call made for it. */
export interface Cause {
  requestId: string;
  /** Absolute, Unix milliseconds. */
  deadline: number;
}

/** Where a request came from, as the gateway saw it. Address and user agent are personal: sealed or forgotten. */
export interface Origin {
  address: string;
  userAgent: string;
  /** Operating system family the browser names. */
  platform: string;
}

export type UserVerification = 'required' | 'preferred';
export type AllowOrBlock = 'allow' | 'block';

/** What of a tenant's policy these ceremonies are judged by. */
export interface CeremonyPolicy {
  version: number;
  /** What is asked of a credential for signing in to this application. */
  assurance: AssuranceNeeds;
  /** What a counter that did not move leads to (R2). */
  counter: 'suspend' | 'refuse' | 'risk';
  whenRiskAbsent: { signIn: AllowOrBlock; stepUp: AllowOrBlock };
  /** Tokens of native applications must be bound to a key of theirs (RFC 9449). */
  bindsTokens: boolean;
  /** Sensitive actions of the bank by name; `maxAge` in seconds. */
  actions: Readonly<Record<string, ActionPolicy>>;
}

/** What the bank asks for one of its actions. */
export interface ActionPolicy {
  acr: Acr;
  /** Seconds. */
  maxAge: number;
  /** Replaces members of what the application asks. */
  assurance?: Partial<AssuranceNeeds>;
}

/** An application as its client id leads to it. */
export interface Application {
  tenant: string;
  clientId: string;
  type: 'web' | 'native' | 'server';
  rpId: string;
  origins: readonly string[];
  policy: CeremonyPolicy;
}

export interface Applications {
  /** @throws `client_unknown` */
  byClient(clientId: string): Application;
  /** Policy of an application, whatever its type; undefined when it is none of this tenant's. @throws `not_found` */
  policyOf(tenant: string, clientId: string): CeremonyPolicy | undefined;
}

export type Purpose = 'authentication' | 'step_up';

/** What the issuer of a challenge needs back unchanged. */
export interface SealedChallenge {
  tenant: string;
  purpose: Purpose;
  clientId: string;
}

export interface Redeemed {
  /** UUID, or empty where nobody was named. */
  subject: string;
  context: Uint8Array;
  /** When it was issued, Unix milliseconds: what was begun before a device was ended is dead. */
  issuedAt: number;
}

export interface Challenges {
  /** Writes nothing. `subject` is empty while nobody is named; `context` has at most 256 bytes. @returns the WebAuthn challenge, base64url */
  issue(target: SealedChallenge, subject: string, context: Uint8Array, cause: Cause): Promise<string>;
  /** Spends it, once. @throws `challenge_spent`, `challenge_expired` */
  redeem(target: SealedChallenge, challenge: string, cause: Cause): Promise<Redeemed>;
}

/** An enrolled authenticator, with what is known of it since then. */
export interface Credential extends CredentialTraits {
  /** UUID of the record, the device id of the API. */
  id: string;
  /** WebAuthn credential id, base64url. */
  credentialId: string;
  publicKey: Uint8Array;
  counter: number;
  state: string;
}

/** A person as enrollment knows them. */
export interface Holder {
  /** UUID. */
  subject: string;
  pseudonym: string;
  userHandle: string;
  /** In any state but revoked. */
  credentials: readonly Credential[];
  /** Names that a passkey provider shows for this person; told to nobody but them, and never written down here. */
  shown: { userName: string; displayName: string };
  /** Wrapped keys under which this person's details are sealed. Empty after erasure. */
  keys: { wrappedDataKey: Uint8Array; wrappedTenantKey: Uint8Array };
}

/** What options may show of a credential. */
export interface Allowed {
  credentialId: string;
  transports: readonly string[];
}

export interface Named {
  /** Empty when nobody has that name. */
  subject: string;
  /** Real ones, or decoys that are the same at every call (R14). Never empty for a name. */
  allowed: readonly Allowed[];
}

/** A key of the caller, as far as policy can ask of it before it is used. */
export interface OwnKey extends CredentialTraits {
  /** WebAuthn credential id, base64url. */
  credentialId: string;
  state: string;
}

/** What a step-up may be confirmed with. */
export interface OwnKeys {
  /** Usable ones. */
  allowed: readonly Allowed[];
  /** In any state but revoked. A key that is missing here is not known to lack anything. */
  held: readonly OwnKey[];
}

export interface Credentials {
  byUserName(tenant: string, userName: string, cause: Cause): Promise<Named>;
  bySubject(tenant: string, subject: string, cause: Cause): Promise<OwnKeys>;
  /** `forgettable`: nobody has this id, and nobody was ever shown it as a decoy. */
  byCredentialId(
    tenant: string,
    credentialId: string,
    cause: Cause,
  ): Promise<{ holder?: Holder; forgettable: boolean }>;
  /** One conditional update that only moves upward; its outcome is the verdict. */
  recordUse(
    tenant: string,
    id: string,
    use: { counter: number; backupState: boolean },
    cause: Cause,
  ): Promise<'advanced' | 'not advanced'>;
  suspend(tenant: string, id: string, counters: { stored: number; sent: number }, cause: Cause): Promise<void>;
}

/** A response, read as far as it can be without knowing whose it is. */
export interface Presented {
  credentialId: string;
  /** base64url */
  challenge: string;
  /** The parsed response; only `Proofs.judge` looks inside. */
  response: unknown;
}

export interface Expectation {
  challenge: string;
  origins: readonly string[];
  rpId: string;
  userVerification: UserVerification;
  algorithms: readonly number[];
  /** Ids that were asked for; empty where nobody was named. */
  allowCredentials: readonly string[];
  /** Absent: nobody's. The work is done all the same, against a key nobody has (R14). */
  credential?: Credential;
  userHandle?: string;
}

export interface Proven {
  ok: true;
  counter: number;
  backupState: boolean;
  userVerified: boolean;
  counterVerdict: 'advanced' | 'zero' | 'replayed';
}

/** The standard's list of checks, in libs/webauthn. */
export interface Proofs {
  /** Bounded. @throws `credential_malformed` for what has no id and challenge to be read */
  read(credential: string): Presented;
  /** Pure; never throws for what came from outside. */
  judge(presented: Presented, expected: Expectation): Proven | (Refusal & { clause: string });
  /** Options for the browser, PublicKeyCredentialRequestOptionsJSON. */
  options(request: {
    rpId: string;
    challenge: string;
    allowed: readonly Allowed[];
    userVerification: UserVerification;
  }): string;
}

export interface RiskVerdict {
  /** 0 to 100. */
  score: number;
  /** LOW, MEDIUM, HIGH, CRITICAL, or ABSENT when the engine did not answer. */
  level: string;
  action: string;
  reasons: string[];
}

export interface Risk {
  /** Never throws and never waits long: who does not answer is absent. */
  assess(
    question: { tenant: string; pseudonym: string; credential: string; platform: string; counterReplayed: boolean },
    cause: Cause,
  ): Promise<RiskVerdict>;
}

/** What one authentication is worth. */
export interface Assurance {
  acr: string;
  /** RFC 8176. */
  amr: string[];
  /** Unix seconds. */
  authTime: number;
}

/** Tokens as session made them; verification passes them on and keeps none. */
export interface Established {
  session: string;
  accessToken: string;
  /** Bearer or DPoP; empty for web applications. */
  tokenType: string;
  refreshToken: string;
  expiresIn: number;
  cookie: string;
  csrfToken: string;
}

export interface Authentication extends Assurance {
  tenant: string;
  clientId: string;
  holder: Holder;
  /** Credential record id: every record of a login names it (R17). */
  credential: string;
  risk: RiskVerdict;
  policyVersion: number;
  origin: Origin;
  /** When the challenge was issued, Unix milliseconds. */
  startedAt: number;
  /** Key the session's tokens are to be bound to (RFC 7638), or empty. */
  jkt?: string;
}

/** A DPoP proof (RFC 9449) with the request it came with. */
export interface KeyProof {
  proof: string;
  method: string;
  path: string;
}

export interface Sessions {
  /** Whose key the tokens will be bound to; `jkt` is empty where no proof came and none is needed. @throws `dpop_…` */
  checkProof(
    application: Pick<Application, 'tenant' | 'clientId'>,
    proof: KeyProof | undefined,
    cause: Cause,
  ): Promise<{ jkt: string; dpopNonce: string }>;
  establish(authentication: Authentication, cause: Cause): Promise<Established>;
  elevate(
    session: string,
    authentication: Authentication,
    cause: Cause,
  ): Promise<{ accessToken: string; expiresIn: number; tokenType: string }>;
  grant(
    session: string,
    action: BoundAction,
    authentication: Authentication,
    cause: Cause,
  ): Promise<{ grant: string; expiresIn: number }>;
}

/** A sensitive action: its name in the policy and base64url SHA-256 of what exactly is to be done. */
export interface BoundAction {
  name: string;
  hash: string;
}

/** One refusal for the record: the precise code stays here, the client is told less. */
export interface RefusalRecord extends Refusal {
  type: 'authentication.refused' | 'stepup.refused' | 'grant.refused';
  tenant: string;
  clientId: string;
  clause?: string;
  /** Known only where the credential was: then risk counts it, and the person sees it. */
  holder?: Holder;
  credential?: string;
  session?: string;
  pseudonym?: string;
  policyVersion?: number;
  risk?: RiskVerdict;
  origin?: Origin;
}

export interface Records {
  refused(record: RefusalRecord, cause: Cause): Promise<void>;
}

/** Claims of a grant whose signature, issuer, audience and class have been verified. */
export interface Grant {
  jti: string;
  subject: string;
  pseudonym: string;
  session: string;
  /** Application in which the person agreed. */
  clientId: string;
  /** Credential record id. */
  credential: string;
  action: BoundAction;
  acr: string;
  authTime: number;
  /** Unix seconds. */
  expiresAt: number;
}

export interface Grants {
  /** @returns the grant, or a word for the record that says why it is none */
  read(jws: string, tenant: string): Promise<Grant | { refused: string }>;
  /** One conditional insert with the event in the same commit; expiry by the database clock. */
  spend(
    spending: { tenant: string; clientId: string; policyVersion: number; grant: Grant },
    cause: Cause,
  ): Promise<'redeemed' | 'spent' | 'expired'>;
}

export interface Ports {
  applications: Applications;
  challenges: Challenges;
  credentials: Credentials;
  proofs: Proofs;
  risk: Risk;
  sessions: Sessions;
  records: Records;
  grants: Grants;
  /** Unix seconds. */
  now(): number;
}
