import type { Database } from '@countersign/database';
import { fromBase64Url, toBase64Url } from '@countersign/kernel';
import { WINDOW } from '../domain/dpop/checks.js';
import type { ProofStore, ProofToSpend, ProofVerdict } from '../ports.js';
import { PROOF_SPEND } from './statements.js';

/** A nonce nobody was given: what cannot be read is as wrong as what is out of date. */
const UNREADABLE = new Uint8Array();

/** Spent proofs in PostgreSQL, in tables that are not logged. */
export class PgProofStore implements ProofStore {
  constructor(private readonly database: Database) {}

  async spend(tenant: string, proof: ProofToSpend): Promise<{ verdict: ProofVerdict; nonce: string }> {
    const nonce = proof.nonce === undefined ? null : Buffer.from(fromBase64Url(proof.nonce) ?? UNREADABLE);
    const { rows } = await this.database.query<{ outcome: ProofVerdict; nonce: Buffer | null }>(PROOF_SPEND, [
      tenant,
      Buffer.from(proof.spent),
      new Date(proof.issuedAt * 1000),
      nonce,
      proof.needsNonce,
      WINDOW.back,
      WINDOW.ahead,
    ]);
    const { outcome, nonce: next } = rows[0]!;
    return { verdict: outcome, nonce: next ? toBase64Url(next) : '' };
  }
}
