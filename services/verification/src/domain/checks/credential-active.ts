import { pass, reject } from '@countersign/kernel';
import type { Credential } from '../../ports.js';
import { rule } from './rule.js';

/** Refuses a suspended credential. After the signature, so that the record speaks of its owner and not of a stranger. */
export const checkCredentialActive = rule<{ credential?: Credential }>(
  'NIST SP 800-63B-4 §4.3',
  'credential_not_active',
  ({ credential }) =>
    credential?.state === 'active' ? pass : reject('credential_not_active', { state: credential?.state ?? 'none' }),
);
