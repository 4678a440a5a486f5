import type { DpopAlgorithm } from '@countersign/kernel';
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import type { PublicKey } from '../domain/dpop/public-key.js';
import type { ProofKeys } from '../ports.js';

/** Signatures and thumbprints of proofs by jose. */
export class JoseProofKeys implements ProofKeys {
  async signedBy(proof: string, key: PublicKey, alg: DpopAlgorithm): Promise<string | undefined> {
    try {
      await compactVerify(proof, await importJWK(key, alg), { algorithms: [alg] });
    } catch {
      // A point off its curve and a wrong signature are the same to whoever sent them.
      return undefined;
    }
    return calculateJwkThumbprint(key, 'sha256');
  }
}
