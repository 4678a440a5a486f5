import { makeLeaf, type EventFields, type Leaf, type session as contract } from '@countersign/contracts';
import { isUuid, refuse, uuidv7 } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { ACR_ORDER, type Application } from '@countersign/policy';
import type { SourceFields } from '@countersign/service-base';
import { csrfTokenOf, newCookie, newFamily, newRefreshToken } from '../domain/secrets.js';
import type { NewSession, Proof } from '../ports.js';

export const isAcr = (acr: string): boolean => (ACR_ORDER as readonly string[]).includes(acr);

/** Unix milliseconds of the challenge; 0 when it did not travel, which is before every end of a device. */
const begunAtOf = (ms: bigint): Date => {
  const at = new Date(Number(ms));
  if (Number.isNaN(at.getTime()) || ms < 0n) throw refuse('request_invalid', {}, 'ceremonyStartedAt');
  return at;
};

/** What an authentication proves about a session, as the store judges it. */
export const proofOf = (request: contract.ElevateRequest | contract.GrantRequest): Proof => ({
  tenant: request.tenant,
  session: request.session,
  subject: request.subject,
  credential: request.credential,
  begunAt: begunAtOf(request.ceremonyStartedAt),
});

/** What every event of an accepted authentication names, the credential first of all (R17). */
export const provenFields = (
  request: {
    tenant: string;
    pseudonym: string;
    clientId: string;
    credential: string;
    acr: string;
    amr: string[];
    policyVersion: number;
  },
  call: Call,
): Omit<SourceFields, 'type'> => ({
  tenant: request.tenant,
  outcome: 'success',
  request: call.requestId,
  subject: request.pseudonym,
  client: request.clientId,
  credential: request.credential,
  acr: request.acr,
  amr: request.amr,
  policy: request.policyVersion,
});

/** The event of a new session. Where personal details travel, they were sealed for an event whose id they name. */
export function establishedLeaf(
  request: contract.EstablishRequest,
  session: string,
  application: Application['type'],
  call: Call,
): Leaf {
  const { details, risk, platform } = request;
  if (details && !isUuid(details.event)) throw refuse('request_invalid', {}, 'details.event');
  const fields: EventFields = {
    source: 'session',
    type: 'session.established',
    ...provenFields(request, call),
    session,
    risk,
    personal: details && { commitment: details.commitment, keyId: details.keyId },
    facts: { platform, application },
  };
  return details ? makeLeaf(fields, new Date(), details.event) : makeLeaf(fields);
}

/** A session about to be stored, and what its holder will present from now on. */
export interface Opening {
  session: NewSession;
  answer: { cookie: string; csrfToken: string; refreshToken: string };
}

/** Web applications get a cookie, native ones a family of refresh tokens. Only hashes are stored. */
export function openingOf(request: contract.EstablishRequest, type: Application['type']): Opening {
  const id = uuidv7();
  const ref = { tenant: request.tenant, session: id };
  const session: NewSession = {
    id,
    tenant: request.tenant,
    subject: request.subject,
    pseudonym: request.pseudonym,
    clientId: request.clientId,
    credential: request.credential,
    begunAt: begunAtOf(request.ceremonyStartedAt),
    platform: request.platform,
    acr: request.acr,
    amr: request.amr,
    authTime: Number(request.authTime),
  };
  if (type === 'web') {
    const { cookie, hash } = newCookie(ref);
    const answer = { cookie, csrfToken: csrfTokenOf(hash), refreshToken: '' };
    return { session: { ...session, cookieHash: hash }, answer };
  }
  const { token, familyHash, hash } = newRefreshToken(ref, newFamily());
  const answer = { cookie: '', csrfToken: '', refreshToken: token };
  const bound = request.jkt === '' ? {} : { jkt: request.jkt };
  return { session: { ...session, ...bound, refresh: { familyHash, hash } }, answer };
}
