import type { EventType, Leaf } from '@countersign/contracts';
import { refuse, type Code, type ErrorDetails } from '@countersign/kernel';
import type { EndReason, Session } from '../domain/session.js';
import type { Events } from '../ports.js';
import type { ProofRefusal } from './proofs.js';

/** Whom an event is about: pseudonym and ids. */
export interface About {
  subject?: string;
  session?: string;
  credential?: string;
  client?: string;
}

/** @param credential the one that was used, where it is another than the one that opened the session */
export const aboutOf = (
  session: Pick<Session, 'pseudonym' | 'id' | 'credential' | 'clientId'>,
  credential: string = session.credential,
): About => ({ subject: session.pseudonym, session: session.id, credential, client: session.clientId });

/** A refusal as its event tells it. Ids and fixed words only: nothing of what was presented. */
export interface Refused {
  tenant: string;
  request: string;
  code: Code;
  about?: About;
  clause?: string;
  facts: Record<string, string>;
}

/** Writes the event of a refusal, then throws it. */
export async function refuseWith(
  events: Events,
  type: Extract<EventType, 'session.refused' | 'client.refused'>,
  { about, ...refused }: Refused,
  details: ErrorDetails = {},
): Promise<never> {
  await events.record({ type, outcome: 'refused', ...refused, ...about });
  throw refuse(refused.code, details);
}

/** As `refuseWith`, for a proof of possession: with its clause, and the nonce where only that was lacking. */
export const refuseProof = (
  events: Events,
  { code, clause, nonce }: ProofRefusal,
  refused: Omit<Refused, 'code' | 'clause'>,
): Promise<never> =>
  refuseWith(events, 'session.refused', { ...refused, code, clause }, nonce ? { dpopNonce: nonce } : {});

/** The leaf of a session that somebody ended. */
export const endedLeaf = (events: Events, session: Session, reason: EndReason, request: string): Leaf =>
  events.leaf({
    type: 'session.ended',
    tenant: session.tenant,
    outcome: 'success',
    request,
    ...aboutOf(session),
    facts: { reason },
  });

/** The leaf of a refresh token that was presented a second time (R5, RFC 9700 §4.14.2). */
export const reusedLeaf = (events: Events, session: Session, request: string): Leaf =>
  events.leaf({
    type: 'refresh.reused',
    tenant: session.tenant,
    outcome: 'refused',
    code: 'refresh_refused',
    clause: 'RFC 9700 §4.14.2',
    request,
    ...aboutOf(session),
  });
