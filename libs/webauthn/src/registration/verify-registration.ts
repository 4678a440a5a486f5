import { runChecks, type Verdict } from '@countersign/kernel';
import { convertAAGUIDToString } from '@simplewebauthn/server/helpers';
import { judgeTrust, type Judged } from '../attestation/trust.js';
import { verifyStatement } from '../attestation/registry.js';
import { publicKeyOf } from '../crypto/public-key.js';
import { refusing, type Refused } from '../malformed.js';
import type { RegisteredCredential, RegistrationInput, RegistrationResult } from '../types.js';
import { registrationChecks } from './checks/index.js';
import { readRegistration, type RegistrationProof } from './proof.js';

/** The refusal of a run of checks, if there was one. */
const refusalOf = (verdict: Verdict & { clause?: string }): Refused | undefined =>
  verdict.ok ? undefined : { ...verdict, clause: verdict.clause ?? '' };

function judgeAttestation(proof: RegistrationProof, input: RegistrationInput): Judged | Refused {
  const statement = verifyStatement({
    fmt: proof.fmt,
    attStmt: proof.attStmt,
    signed: Buffer.concat([proof.authData.raw, proof.clientData.hash]),
    rpIdHash: proof.authData.rpIdHash,
    clientDataHash: proof.clientData.hash,
    credentialId: proof.attested.credentialId,
    key: publicKeyOf(proof.cose),
    aaguid: proof.attested.aaguid,
    policy: input.attestation,
  });
  return statement.ok ? judgeTrust(statement.evidence, input.attestation, input.now) : statement;
}

const credentialOf = (
  proof: RegistrationProof,
  { trust, modelCertified, trustPaths, keyProtection, serialNumber }: Judged,
): RegisteredCredential => ({
  id: proof.id,
  publicKey: new Uint8Array(proof.attested.publicKey),
  algorithm: proof.cose.algorithm,
  counter: proof.authData.counter,
  aaguid: convertAAGUIDToString(new Uint8Array(proof.attested.aaguid)),
  backupEligible: proof.authData.backupEligible,
  backupState: proof.authData.backupState,
  userVerified: proof.authData.userVerified,
  transports: proof.transports,
  attestationFormat: proof.fmt,
  attestationTrust: trust,
  ...(modelCertified ? { modelCertified } : {}),
  ...(trustPaths ? { trustPaths } : {}),
  ...(keyProtection ? { keyProtection } : {}),
  ...(serialNumber ? { serialNumber } : {}),
});

/**
 * Judges a registration (WebAuthn L3 §7.1). Pure: challenge, origins, anchors and time come in, nothing is stored.
 * Left to the caller: spending the challenge before, and that the id is new (step 26) after.
 * Never throws for what came from outside.
 */
export const verifyRegistration = (input: RegistrationInput): RegistrationResult =>
  refusing((): RegistrationResult => {
    const proof = readRegistration(input);
    const refusal = refusalOf(runChecks(registrationChecks, proof));
    if (refusal) return refusal;
    const attestation = judgeAttestation(proof, input);
    return attestation.ok ? { ok: true, credential: credentialOf(proof, attestation) } : attestation;
  });
