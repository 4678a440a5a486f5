/**
 * What a passkey provider should forget or rename, in the form of the browser's Signal API (WebAuthn Level 3 §5.1.10).
 * This library tells the browser by itself; user handles and credential ids are base64url.
 */
export interface Signals {
  /** The whole list: what is missing from it is forgotten. */
  allAcceptedCredentials?: { rpId: string; userId: string; allAcceptedCredentialIds: string[] };
  currentUserDetails?: { rpId: string; userId: string; name: string; displayName: string };
  /** Of a refused sign-in. */
  unknownCredential?: { rpId: string; credentialId: string };
}

/** How, and how surely, the person of a session was authenticated. */
export interface Assurance {
  id: string;
  /** Authentication context class (RFC 9068). */
  acr: string;
  /** Methods used (RFC 8176). */
  amr: string[];
  /** Time of the last authentication, RFC 3339. */
  authTime: string;
}

/** A session as the person's list of sessions shows it. Times are RFC 3339. */
export interface Session extends Assurance {
  subject: string;
  clientId: string;
  /** Id of the device (credential record) it was opened with. */
  device: string;
  platform: string;
  createdAt: string;
  lastActiveAt: string;
  /** The session of this very browser. */
  current: boolean;
}

/** An enrolled authenticator: a passkey of the person. Times are RFC 3339. */
export interface Device {
  id: string;
  credentialId: string;
  name: string;
  state: string;
  platform: string;
  createdAt: string;
  lastUsedAt?: string;
  /** It can be, or is, copied to the person's other devices by their passkey provider. */
  synced: boolean;
  /** Its key never leaves the authenticator. */
  deviceBound: boolean;
  transports: string[];
  aaguid: string;
  attestation: { format: string; trust: string };
}

/** An opened enrollment ticket; the browser now holds its binding as a cookie. */
export interface OpenedTicket {
  /** RFC 3339. */
  expiresAt: string;
  displayName?: string;
}

/** What a sign-in gives. The session itself is an HttpOnly cookie that no script can read. */
export interface SignedIn {
  subject: string;
  device: string;
  session: Assurance;
}

/** A single-use proof that the person just confirmed one action; sent on as the header `Countersign-Grant`. */
export interface Grant {
  grant: string;
  /** Seconds. */
  expiresIn: number;
}

/** One entry of the person's own history. */
export interface ActivityEvent {
  id: string;
  /** RFC 3339. */
  time: string;
  type: string;
  outcome: string;
  /** Reason of a refusal. */
  code?: string;
  device?: string;
  session?: string;
  risk?: { level: string };
  details?: { address?: string; userAgent?: string };
}

/** A page of the history, newest first. */
export interface ActivityPage {
  events: ActivityEvent[];
  /** Present while there are older entries. */
  nextCursor?: string;
}
