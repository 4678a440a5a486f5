export { TestAttestationCa } from './attestation-ca.js';
export type { IssuedCertificate, LeafProfile } from './attestation-ca.js';
export { encodeCbor } from './cbor.js';
export type { CborValue } from './cbor.js';
export type { AlterAssertion, AlterCeremony, AlterRegistration, Ceremony } from './ceremony.js';
export { FLAGS } from './authenticator-data.js';
export { withHighS } from './high-s.js';
export { SoftAuthenticator } from './soft-authenticator.js';
export type { AttestationIssuer, SoftAuthenticatorOptions } from './soft-authenticator.js';
