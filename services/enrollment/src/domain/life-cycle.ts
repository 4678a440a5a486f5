/** Where an authenticator stands. Revoked is final. */
export type CredentialState = 'active' | 'suspended' | 'revoked';

/**
 * Why it was suspended or revoked; `counter_replayed` cannot be resumed, the device has to be enrolled again (R2).
 * `metadata`: its model, or what vouched for it, is condemned, and as long as it is, the device is not resumed.
 */
export type StateReason = '' | 'person' | 'counter_replayed' | 'metadata';

/** One change of state: from which states, to which, and whether the device's sessions end with it. */
export interface Transition {
  from: readonly CredentialState[];
  /** Reasons of the present state that stand against it. */
  unless: readonly StateReason[];
  to: CredentialState;
  reason: StateReason;
  event: 'credential.suspended' | 'credential.resumed' | 'credential.revoked';
  endsSessions: boolean;
}

export const SUSPENSION: Transition = {
  from: ['active'],
  unless: [],
  to: 'suspended',
  reason: 'person',
  event: 'credential.suspended',
  endsSessions: true,
};

/** After a valid signature whose counter went back: nobody resumes that key, also if its owner had suspended it before. */
export const COMPROMISE: Transition = {
  ...SUSPENSION,
  from: ['active', 'suspended'],
  unless: ['counter_replayed'],
  reason: 'counter_replayed',
};

export const RESUMPTION: Transition = {
  from: ['suspended'],
  unless: ['counter_replayed'],
  to: 'active',
  reason: '',
  event: 'credential.resumed',
  endsSessions: false,
};

export const REVOCATION: Transition = {
  from: ['active', 'suspended'],
  unless: [],
  to: 'revoked',
  reason: 'person',
  event: 'credential.revoked',
  endsSessions: true,
};

/** What a change that met no row in a permitted state means for the caller. */
export function refusalOf(
  transition: Transition,
  found: { state: CredentialState; reason: StateReason } | undefined,
): 'not_found' | 'conflict' | 'credential_compromised' {
  if (!found) return 'not_found';
  const compromised = transition === RESUMPTION && found.state === 'suspended' && found.reason === 'counter_replayed';
  return compromised ? 'credential_compromised' : 'conflict';
}

/** Whether a browser should refuse to make a second credential on the same authenticator. */
export const excludes = ({ state, reason }: { state: CredentialState; reason: StateReason }): boolean =>
  state !== 'revoked' && reason !== 'counter_replayed';
