import { toBase64Url } from '@countersign/kernel';
import { publicKeyOf } from '../crypto/public-key.js';
import { Malformed, refusing, type Refused } from '../malformed.js';
import { parseCoseKey } from '../parse/cose-key.js';

/** A credential another relying party registered, as its record has it (WebAuthn L3 §4, credential record). */
export interface ImportedCredential {
  credentialId: Uint8Array;
  /** COSE_Key bytes. */
  publicKey: Uint8Array;
  backupEligible: boolean;
  backupState: boolean;
  /** COSE algorithms that are accepted. */
  algorithms: readonly number[];
}

export type ImportedResult = { ok: true; id: string; algorithm: number } | Refused;

const MAX_ID_BYTES = 1023;

/**
 * Holds an imported credential against what a registration would have been held against, as far as there is no ceremony
 * left to look at: the id's length, the key on its curve, an accepted algorithm, backup flags that do not contradict.
 * Nobody vouches for it. Never throws for what came from outside.
 */
export const judgeImported = (imported: ImportedCredential): ImportedResult =>
  refusing((): ImportedResult => {
    const { credentialId, publicKey, algorithms, backupEligible, backupState } = imported;
    const bytes = credentialId.length;
    if (bytes > MAX_ID_BYTES) throw new Malformed('credential_id_too_long', 'WebAuthn L3 §7.1 step 25', { bytes });
    const cose = parseCoseKey(publicKey);
    const { algorithm } = cose;
    if (!algorithms.includes(algorithm))
      throw new Malformed('algorithm_not_allowed', 'WebAuthn L3 §7.1 step 20', { algorithm });
    publicKeyOf(cose);
    if (backupState && !backupEligible) throw new Malformed('backup_flags_invalid', 'WebAuthn L3 §7.1 step 17');
    return { ok: true, id: toBase64Url(credentialId), algorithm };
  });
