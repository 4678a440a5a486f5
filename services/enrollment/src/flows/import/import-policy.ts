import { unmetRequirements, type Code, type CredentialTraits } from '@countersign/kernel';
import { assuranceFor, offeredAlgorithms, type TenantSnapshot } from '@countersign/policy';
import type { Parts } from '../../parts.js';
import { lackingAtEnrollment } from '../accepted.js';
import type { LineRefused, ReadLine } from './import-line.js';

/** Applications people sign in to; where there is none yet, one the policy says nothing about. */
const places = ({ applications }: TenantSnapshot): string[] => {
  const people = applications.filter(({ type }) => type !== 'server').map(({ clientId }) => clientId);
  return people.length > 0 ? people : [''];
};

/** COSE algorithms that are good for something in the tenant. */
export const importableAlgorithms = (snapshot: TenantSnapshot): number[] => [
  ...new Set(places(snapshot).flatMap((clientId) => offeredAlgorithms(snapshot.policy, clientId))),
];

/**
 * What the tenant's policy has against a credential that nobody vouches for: as at its registration, in the application
 * that asks least. One that could not sign in anywhere is better refused than stored.
 */
export function judgeByPolicy(
  { models }: Pick<Parts, 'models'>,
  snapshot: TenantSnapshot,
  line: ReadLine,
): LineRefused | undefined {
  const { policy } = snapshot;
  if (!policy.webauthn.attestation.accept.includes('none')) return refused('attestation_not_accepted');
  const claimed = { aaguid: line.aaguid, keyIdentifier: '' };
  const model = models.judgeNew(policy, claimed, { attestationTrust: 'none', algorithm: line.algorithm });
  if (!model.ok) return refused(model.code);
  const traits: CredentialTraits = {
    ...line,
    userVerified: line.uvInitialized,
    attestationTrust: 'none',
    keyProtection: [],
  };
  const [clientId = ''] = places(snapshot);
  const useful = places(snapshot).some((place) => lackingAtEnrollment(policy, place, traits).length === 0);
  if (useful) return undefined;
  const lacking = unmetRequirements(assuranceFor(policy, { application: clientId }), traits);
  return refused('authenticator_not_accepted', `lacks ${lacking.join(', ')}`);
}

const refused = (code: Code, message?: string): LineRefused => ({
  ok: false,
  code,
  errors: message === undefined ? [] : [{ path: '', message }],
});
