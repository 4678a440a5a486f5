import type { AssuranceNeeds, CredentialTraits } from '@countersign/kernel';
import type { Credential, Holder, Presented } from '../ports.js';
import type { SignInTerms, StepUpTerms } from './ceremony.js';

/** The person in whose session a step-up happens, as the verified caller token names them. */
export interface Caller {
  subject: string;
  /** For the record. */
  pseudonym: string;
  session: string;
}

interface Answer {
  presented: Presented;
  /** Whom the ceremony named; empty when nobody was, or nobody has the name. */
  subject: string;
  /** Whose credential answered; absent when it is nobody's. */
  holder?: Holder;
  credential?: Credential;
  /** What is asked of it here. */
  needs: AssuranceNeeds;
}

/** An answer whose signature has verified. */
export interface Shown {
  /** The credential as this proof shows it. */
  shown: CredentialTraits;
}

/** A sign-in as its checks see it. */
export interface SignInAttempt extends Answer {
  terms: SignInTerms;
}

/** A step-up as its checks see it. */
export interface StepUpAttempt extends Answer {
  terms: StepUpTerms;
  caller: Caller;
}

/** The credential that answered is the one of its id; enrollment puts it first, which is not relied on. */
export const answering = (presented: Presented, holder?: Holder): Credential | undefined =>
  holder?.credentials.find(({ credentialId }) => credentialId === presented.credentialId);
