import type { common } from '@countersign/contracts';
import type { Call } from '@countersign/platform';
import type { Credential } from '../domain/credential.js';
import { whereFrom, type Entry } from '../events/journal.js';
import type { Completing, Judged, Refused, RegistrationAnswer } from './registration.js';

/** A new authenticator: what it is and what let it be. */
export const enrolled = (
  { snapshot, application, session }: Completing,
  { person, registered: { serialNumber }, ceremony: { leave, policyVersion } }: Judged,
  credential: Credential,
  { name, origin }: RegistrationAnswer,
  call: Call,
): Entry => ({
  type: 'credential.enrolled',
  outcome: 'success',
  clause: 'WebAuthn L3 §7.1',
  tenant: snapshot.tenant,
  about: person,
  client: application.clientId,
  credential: credential.id,
  session,
  policy: policyVersion,
  request: call.requestId,
  facts: {
    aaguid: credential.aaguid,
    algorithm: String(credential.algorithm),
    attestation: `${credential.attestationFormat} ${credential.attestationTrust}`,
    backupEligible: String(credential.backupEligible),
    platform: credential.platform,
    by: leave.kind,
    [leave.kind]: leave.kind === 'ticket' ? leave.ticket : leave.jti,
  },
  // A serial number names one device in the world, and through it the person.
  personal: { ...whereFrom(origin), name, ...(serialNumber ? { serialNumber } : {}) },
});

/** A registration that was refused, with the clause that refused it. */
export const refused = (
  { snapshot, application, person, session }: Completing,
  { code, clause, facts = {} }: Refused,
  origin: common.Origin | undefined,
  call: Call,
): Entry => ({
  type: 'credential.refused',
  outcome: 'refused',
  code,
  clause,
  tenant: snapshot.tenant,
  about: person,
  client: application.clientId,
  session,
  policy: snapshot.policyVersion,
  request: call.requestId,
  facts: Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, String(value)])),
  personal: whereFrom(origin),
});
