import { judgeTrust } from '../attestation/trust.js';
import { verifyStatement } from '../attestation/registry.js';
import { publicKeyOf } from '../crypto/public-key.js';
import { refusing, type Refused } from '../malformed.js';
import { modelIn, type ClaimedModel } from '../model-of.js';
import { parseAttestationObject } from '../parse/attestation-object.js';
import { parseAuthenticatorData } from '../parse/authenticator-data.js';
import { parseCoseKey } from '../parse/cose-key.js';
import { toBase64Url } from '@countersign/kernel';
import type { AttestationPolicy, AttestationTrust, TrustPath } from '../types.js';

/** The attestation of an enrolled credential, as it was kept. */
export interface KeptAttestation {
  attestationObject: Uint8Array;
  /** SHA-256 of the client data, 32 bytes. */
  clientDataHash: Uint8Array;
  /** Who may vouch now, and how many statements of a compound one must be good. */
  policy: Pick<AttestationPolicy, 'anchors' | 'anchorsByFormat' | 'modelAnchors' | 'compound'>;
  /** When it was enrolled: certificates are held to their dates on that day, as a certificate may live for days only. */
  at: Date;
}

export interface KeptTrust {
  ok: true;
  model: ClaimedModel;
  trust: AttestationTrust;
  modelCertified?: true;
  trustPaths?: TrustPath[];
}

/** What was settled at enrollment and is no question of trust is not asked again: serial numbers, SHA-1, revocation. */
function policyFor({ policy }: KeptAttestation, aaguid: string): AttestationPolicy {
  return { ...policy, accept: ['none'], sha1Statements: true, enterprise: [aaguid] };
}

/** Judges the trust in an enrolled credential anew, by other anchors than it was enrolled under. Nothing is stored. */
export const judgeKeptAttestation = (kept: KeptAttestation): KeptTrust | Refused =>
  refusing((): KeptTrust | Refused => {
    const object = parseAttestationObject(toBase64Url(kept.attestationObject));
    const model = modelIn(object);
    const { attested, raw, rpIdHash } = parseAuthenticatorData(object.authData);
    const policy = policyFor(kept, model.aaguid);
    const statement = verifyStatement({
      fmt: object.fmt,
      attStmt: object.attStmt,
      signed: Buffer.concat([raw, kept.clientDataHash]),
      rpIdHash,
      clientDataHash: kept.clientDataHash,
      credentialId: attested!.credentialId,
      key: publicKeyOf(parseCoseKey(attested!.publicKey)),
      aaguid: attested!.aaguid,
      policy,
    });
    if (!statement.ok) return statement;
    const judged = judgeTrust(statement.evidence, policy, kept.at);
    return judged.ok ? { ...judged, model } : judged;
  });
