/** A leaf that may go into the log, with what is searched by. */
export interface ReadEvent {
  eventId: string;
  tenant: string;
  source: string;
  type: string;
  /** RFC 3339. */
  time: string;
  outcome: string;
  subject: string;
  credential: string;
  session: string;
  request: string;
  leaf: Uint8Array;
  /** SHA-256 of the leaf, hex. */
  digest: string;
  sealed?: Uint8Array;
}
