import type { common } from '@countersign/contracts';

/** A credential as the API shows it. */
export const deviceView = (credential: common.Credential) => ({
  id: credential.id,
  credentialId: credential.credentialId,
  name: credential.name,
  state: credential.state,
  platform: credential.platform,
  createdAt: credential.createdAt,
  ...(credential.lastUsedAt && { lastUsedAt: credential.lastUsedAt }),
  synced: credential.backupState,
  deviceBound: !credential.backupEligible,
  transports: credential.transports,
  aaguid: credential.aaguid,
  attestation: { format: credential.attestationFormat, trust: credential.attestationTrust },
});
