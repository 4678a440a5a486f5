import type { CallerName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';

/** Who is calling, as a verified caller token says it. Handlers take tenant and subject from here and nowhere else. */
export interface CallerIdentity {
  /** UUID. */
  tenant: string;
  clientId: string;
  scopes: readonly string[];
  /** Thumbprint of the key that was proven with the request (RFC 9449). */
  jkt?: string;
  /** Absent for a tenant's server. */
  person?: {
    subject: string;
    pseudonym: string;
    session: string;
    acr: string;
    /** Unix seconds. */
    authTime: number;
  };
}

/** What travels with every call over both transports. */
export interface CallMeta {
  requestId: string;
  /** Absolute, Unix milliseconds. */
  deadline: number;
  callerToken?: string;
}

/** One call as its handler sees it; pass it on to the next service so that deadline and request id travel. */
export interface Call extends CallMeta {
  /** Full method, e.g. `/countersign.challenge.v1.ChallengeService/Redeem`. */
  method: string;
  caller: CallerName;
  identity?: CallerIdentity;
}

export const identityOf = (call: Call): CallerIdentity => {
  if (!call.identity) throw refuse('caller_token_refused');
  return call.identity;
};

/** The person who is calling; a server's token is refused. */
export const personOf = (call: Call): CallerIdentity & Required<Pick<CallerIdentity, 'person'>> => {
  const { person, ...rest } = identityOf(call);
  if (!person) throw refuse('caller_token_refused');
  return { ...rest, person };
};

/** A call of the process's own making (background work), with a deadline of its own. */
export const ownCall = (requestId: string, withinMs: number): CallMeta => ({
  requestId,
  deadline: Date.now() + withinMs,
});
