import { servesRoute, type common } from '@countersign/contracts';
import { reject, runChecks, sha256, unixSeconds, utf8, type Clock, type Refusal } from '@countersign/kernel';
import type { TenantSnapshot } from '@countersign/policy';
import { claimChecks, keyChecks, type Claimed } from '../domain/dpop/checks.js';
import { readProof, type Proof } from '../domain/dpop/proof.js';
import { algorithmOf, publicKeyOf } from '../domain/dpop/public-key.js';
import type { ProofKeys, ProofStore } from '../ports.js';

/** What a proof has to be good for. */
export interface Demand {
  snapshot: TenantSnapshot;
  /** Full method of the call it is to pay for; the proof must name a route of it. */
  rpc: string;
  /** The access token it came with, where one did. */
  token?: string;
  /** The key the token is bound to. */
  boundTo?: string | undefined;
}

/** A key that whoever is calling holds, and the nonce for the next proof or `''`. */
export interface Possession {
  ok: true;
  jkt: string;
  nonce: string;
}

export type ProofRefusal = Refusal & { clause: string; nonce?: string };

/**
 * Verifies proofs of possession (RFC 9449 §4.3) in the standard's order, and spends them: a proof is good once, for one
 * method. Only a proof that is otherwise good reaches the database.
 */
export class Proofs {
  constructor(
    private readonly keys: ProofKeys,
    private readonly store: ProofStore,
    private readonly publicUrl: string,
    private readonly clock: Clock,
  ) {}

  async verify(presented: common.DpopProof | undefined, demand: Demand): Promise<Possession | ProofRefusal> {
    if (!presented || presented.proof === '') return refusal(reject('dpop_proof_missing'), 'RFC 9449 §7.1');
    const proof = readProof(presented.proof);
    if (!proof) return refusal(reject('dpop_proof_malformed'), 'RFC 9449 §4.3 items 1-3');
    const readable = runChecks(keyChecks, proof);
    if (!readable.ok) return refusal(readable, readable.clause);
    const jkt = await this.signer(presented.proof, proof);
    if (jkt === undefined) return refusal(reject('dpop_signature_invalid'), 'RFC 9449 §4.3 item 6');
    const claimed = this.claimed(proof, jkt, presented, demand);
    const good = runChecks(claimChecks, claimed);
    if (!good.ok) return refusal(good, good.clause);
    // The gateway says which request this is; that it may cause this very call is looked up here.
    if (!servesRoute(demand.rpc, presented.method, presented.path))
      return refusal(reject('dpop_url_mismatch'), 'RFC 9449 §4.3 item 9');
    return this.spend(proof, jkt, demand);
  }

  private signer(text: string, { alg, jwk }: Proof): Promise<string | undefined> {
    const algorithm = algorithmOf(alg)!;
    return this.keys.signedBy(text, publicKeyOf(jwk, algorithm)!, algorithm);
  }

  private claimed(proof: Proof, jkt: string, { method, path }: common.DpopProof, { token, boundTo }: Demand): Claimed {
    const now = unixSeconds(this.clock.now());
    return { proof, jkt, method, url: this.publicUrl + path, now, token, boundTo };
  }

  private async spend(proof: Proof, jkt: string, { snapshot, rpc }: Demand): Promise<Possession | ProofRefusal> {
    const { verdict, nonce } = await this.store.spend(snapshot.tenant, {
      // None of the first two can hold a line break, so no two triples become one text.
      spent: sha256(utf8(`${jkt}\n${rpc}\n${proof.jti}`)),
      issuedAt: proof.iat,
      nonce: proof.nonce,
      needsNonce: snapshot.policy.dpop.nonce === 'required',
    });
    if (verdict === 'spent now') return { ok: true, jkt, nonce };
    if (verdict === 'nonce') return { ...refusal(reject('dpop_nonce_required'), 'RFC 9449 §8'), nonce };
    if (verdict === 'time') return refusal(reject('dpop_time_refused'), 'RFC 9449 §4.3 item 11');
    return refusal(reject('dpop_replayed'), 'RFC 9449 §11.1');
  }
}

const refusal = (verdict: Refusal, clause = ''): ProofRefusal => ({ ...verdict, clause });
