import { pass, reject } from '@countersign/kernel';
import type { Credential } from '../../ports.js';
import { rule } from './rule.js';

/** Refuses a credential that nobody has enrolled, or whose owner revoked it. */
export const checkCredentialKnown = rule<{ credential?: Credential }>(
  'WebAuthn L3 §7.2 step 6',
  'credential_unknown',
  ({ credential }) => (credential ? pass : reject('credential_unknown')),
);
