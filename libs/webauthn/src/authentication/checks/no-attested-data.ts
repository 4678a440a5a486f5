import { clause, pass, reject } from '@countersign/kernel';
import type { AuthenticationProof } from '../proof.js';

/** Refuses an assertion that carries a credential: that belongs to registrations. */
export const checkNoAttestedData = clause<AuthenticationProof>('WebAuthn L3 §6.1 AT', ({ authData }) =>
  authData.attested ? reject('authenticator_data_malformed', { reason: 'credential in an assertion' }) : pass,
);
