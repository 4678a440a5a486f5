/** One authentication as verification asks about it. */
export interface Question {
  tenant: string;
  /** Pseudonym of the person. */
  subject: string;
  /** Credential record id. */
  credential: string;
  /** Operating system family of the request. */
  platform: string;
  /** The counter did not advance, and policy says: weigh it. */
  counterReplayed: boolean;
}

/** What is remembered that bears on a question. */
export interface Signals {
  /** This credential was seen on this operating system family, or enrolled there. */
  seenHere: boolean;
  /** It was seen on a family akin to this one. */
  seenAkin: boolean;
  /** The person was seen on this family, with another credential. */
  personHere: boolean;
  /** Refused authentications of the person in the last hour. */
  failures: number;
  /** Sign-ins of the person in the last ten minutes. */
  signIns: number;
}

export interface History {
  /** One read; writes nothing. */
  signals(question: Question, akin: readonly string[]): Promise<Signals>;
}

/** What one event teaches. */
export interface Lesson {
  eventId: string;
  tenant: string;
  at: Date;
  /** Pseudonym. */
  subject: string;
  /** Absent: it teaches about the device only. */
  kind?: 'sign-in' | 'refused';
  /** Given together: the credential was seen on this operating system family. */
  credential?: string;
  platform?: string;
}
