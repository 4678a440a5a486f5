import { challenge } from '@countersign/contracts';
import { refuse, toBase64Url } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { assuranceFor, offeredAlgorithms, type Policy, type TenantSnapshot } from '@countersign/policy';
import { creationOptions } from '@countersign/webauthn';
import { CEREMONY_SECONDS, writeCeremony, type Leave } from '../domain/ceremony.js';
import { excludes } from '../domain/life-cycle.js';
import type { Person } from '../domain/person.js';
import type { Parts } from '../parts.js';
import type { Profile } from './profile.js';
import { namesOf } from './signal-facts.js';

/** One registration about to begin. */
export interface Beginning {
  snapshot: TenantSnapshot;
  clientId: string;
  person: Person;
  profile: Profile;
  leave: Leave;
}

/** Asks for provenance only where policy looks at it, and for serial numbers only where policy names their models. */
export function conveyanceOf({ attestation: { accept, enterprise } }: Policy['webauthn']) {
  if (enterprise.length > 0) return 'enterprise';
  return accept.some((level) => level !== 'none') ? 'direct' : 'none';
}

/**
 * Creation options (WebAuthn L3 §5.4) by the tenant's policy, as JSON. The challenge says in its seal what lets this
 * registration be; nothing is written down.
 *
 * @throws `too_many_devices`, after the event that says so
 */
export async function registrationOptions(parts: Parts, beginning: Beginning, call: Call): Promise<string> {
  const { snapshot, clientId, person, profile } = beginning;
  const { webauthn } = snapshot.policy;
  const { userName, displayName } = namesOf(profile);
  const known = await parts.people.credentials(snapshot.tenant, person.subject);
  if (known.length >= snapshot.policy.limits.devicesPerPerson) return refuseAnother(parts, beginning, call);
  const seal = await issueChallenge(parts, beginning, call);
  parts.metrics.ceremoniesStarted.inc({ ceremony: 'registration' });
  const options = creationOptions({
    rp: { id: snapshot.rpId, name: snapshot.name },
    user: {
      id: toBase64Url(person.userHandle),
      name: userName,
      displayName,
    },
    challenge: toBase64Url(seal),
    algorithms: offeredAlgorithms(snapshot.policy, clientId),
    residentKey: webauthn.residentKey,
    userVerification: assuranceFor(snapshot.policy, { application: clientId }).userVerification,
    attestation: conveyanceOf(webauthn),
    hints: ['client-device', 'hybrid'],
    excludeCredentials: known.filter(excludes).map(({ credentialId: id, transports }) => ({ id, transports })),
    timeout: CEREMONY_SECONDS * 1000,
  });
  return JSON.stringify(options);
}

/** Before the person's authenticator makes a key that would be refused; the completion counts again. */
async function refuseAnother(parts: Parts, { snapshot, clientId, person }: Beginning, call: Call): Promise<never> {
  const code = 'too_many_devices';
  const { tenant, policyVersion: policy } = snapshot;
  const where = { tenant, about: person, client: clientId, policy, request: call.requestId };
  await parts.journal.record({ type: 'credential.refused', outcome: 'refused', code, ...where });
  throw refuse(code);
}

async function issueChallenge(
  parts: Parts,
  { snapshot, clientId, person, leave }: Beginning,
  call: Call,
): Promise<Uint8Array> {
  const context = Buffer.from(writeCeremony({ leave, policyVersion: snapshot.policyVersion }));
  const request = {
    tenant: snapshot.tenant,
    purpose: challenge.Purpose.REGISTRATION,
    clientId,
    subject: person.subject,
    context,
    ttlSeconds: CEREMONY_SECONDS,
  };
  return (await parts.challenges.issue(request, call)).seal;
}
