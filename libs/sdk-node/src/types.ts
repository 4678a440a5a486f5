/** A person as the bank's server names it. */
export interface NewSubject {
  /** The bank's own reference, e.g. a customer number; also the user name at sign-in. Unique per tenant. */
  reference: string;
  /** Shown by the passkey provider. */
  displayName?: string;
}

export interface CreatedSubject {
  /** The platform's id, `sub` of every token. */
  id: string;
  reference: string;
  /** False when the reference already existed. */
  created: boolean;
}

export interface Subject {
  id: string;
  reference: string;
  displayName?: string;
  /** RFC 3339. */
  createdAt: string;
  activeDevices: number;
}

/** Lets one browser or device add the person's first authenticator. Single use, ten minutes. */
export interface EnrollmentTicket {
  ticket: string;
  /** Told to the person by another way than the ticket, when asked for. */
  pin?: string;
  /** RFC 3339. */
  expiresAt: string;
}

/** What the person did, when a grant was redeemed. It cannot be redeemed again. */
export interface RedeemedGrant {
  subject: string;
  session: string;
  acr: string;
  /** RFC 3339 or Unix seconds, as the platform states it. */
  authTime: string | number;
  device: string;
}

/** RFC 7662. Times are Unix seconds. */
export type Introspection = { active: false } | ActiveToken;

export interface ActiveToken {
  active: true;
  sub: string;
  client_id: string;
  sid: string;
  acr: string;
  amr: string[];
  auth_time: number;
  iat: number;
  exp: number;
  iss: string;
  aud: string | string[];
  scope?: string;
  /** `DPoP`: take it only with a proof by the key that `cnf` names (RFC 9449 §7.1). */
  token_type: string;
  /** Thumbprint of the key the token is bound to (RFC 7638). */
  cnf?: { jkt: string };
  /** Asked with an action: whether it needs a step-up, and which would do (RFC 9470). */
  step_up?: { required: boolean; acr_values?: string; max_age?: number };
}

/** Filters of the tenant's audit log; times RFC 3339. */
export interface EventQuery {
  type?: string;
  /** Id of what the event is about: a subject, a session, a device. */
  about?: string;
  outcome?: string;
  from?: string;
  to?: string;
  cursor?: string;
  limit?: number;
  order?: 'asc' | 'desc';
}

/** One entry of the log: its place, and the event exactly as it was recorded. */
export interface LoggedEvent {
  index: number;
  log: string;
  event: Record<string, unknown>;
}

export interface EventPage {
  events: LoggedEvent[];
  nextCursor?: string;
}

/** Where something is asked of a device; without `action`: signing in; without `application`: wherever policy names none. */
export interface PolicyPlace {
  /** Client id. */
  application?: string;
  action?: string;
}

/** What a policy would mean for the enrolled devices. */
export interface PolicyPreview {
  /** Version in force, with which it was compared. */
  basedOn: number;
  devices: number;
  /** Devices that satisfy something today and would not any more. */
  affected: number;
  /** `already`: how many of the devices do not satisfy what is asked there today either. */
  findings: (PolicyPlace & { requirement: string; devices: number; already: number })[];
  affectedDevices: {
    subject: string;
    device: string;
    state: 'active' | 'suspended';
    loses: (PolicyPlace & { requirements: string[] })[];
  }[];
  nextCursor?: string;
}

/** Erasure of a person. */
export interface Erasure {
  /** Reference to ask by. */
  id: string;
  subject: string;
  state: 'running' | 'completed';
  /** RFC 3339. */
  requestedAt: string;
  completedAt?: string;
  /** Services that have not confirmed yet. */
  waitingFor: string[];
}

/** A page of everything that is held of a person; `docs/integrators/personal-data.md` names the members. */
export interface SubjectExport {
  exportedAt?: string;
  person?: Record<string, unknown>;
  devices?: Record<string, unknown>[];
  tickets?: Record<string, unknown>[];
  requests?: Record<string, unknown>[];
  risk?: Record<string, unknown>;
  sessions: Record<string, unknown>[];
  events: Record<string, unknown>[];
  nextCursor?: string;
}
