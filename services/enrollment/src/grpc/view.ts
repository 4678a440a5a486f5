import type { common } from '@countersign/contracts';
import { nameContext, type Credential } from '../domain/credential.js';
import type { Person } from '../domain/person.js';
import type { PersonKeys } from '../store/person-keys.js';

/** A credential on the wire without its name: verification has no use for it. */
export const namelessView = (credential: Credential): common.Credential => ({
  id: credential.id,
  credentialId: credential.credentialId,
  subject: credential.subject,
  publicKey: Buffer.from(credential.publicKey),
  algorithm: credential.algorithm,
  counter: credential.counter,
  backupEligible: credential.backupEligible,
  backupState: credential.backupState,
  userVerified: credential.userVerified,
  transports: credential.transports,
  state: credential.state,
  name: '',
  aaguid: credential.aaguid,
  attestationFormat: credential.attestationFormat,
  attestationTrust: credential.attestationTrust,
  keyProtection: [...credential.keyProtection],
  createdAt: credential.createdAt.toISOString(),
  lastUsedAt: credential.lastUsedAt?.toISOString() ?? '',
  platform: credential.platform,
});

/** A credential as its owner sees it, with the opened name. */
export const ownView = (keys: PersonKeys, owner: Person, credential: Credential): common.Credential => ({
  ...namelessView(credential),
  name: String(keys.open(owner, nameContext(credential), credential.name)['name']),
});
