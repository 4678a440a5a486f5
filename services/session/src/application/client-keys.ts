import type { common } from '@countersign/contracts';
import { reject } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { TenantSnapshot } from '@countersign/policy';
import type { Session } from '../domain/session.js';
import type { Events } from '../ports.js';
import type { KnownClient } from './client-authentication.js';
import type { Possession, ProofRefusal, Proofs } from './proofs.js';
import { aboutOf, refuseProof } from './session-events.js';

/** Keys of clients that ask for tokens (RFC 9449 §5). */
export class ClientKeys {
  constructor(
    private readonly proofs: Proofs,
    private readonly events: Events,
  ) {}

  /**
   * The key that what is handed out will be bound to; undefined when no proof came and policy asks for none.
   *
   * @param rpc the call the proof is to pay for; the present one, unless told
   * @throws `dpop_…`, with one event
   */
  async proven(
    { snapshot, application }: KnownClient,
    proof: common.DpopProof | undefined,
    call: Call,
    rpc: string = call.method,
  ): Promise<Possession | undefined> {
    if (!proof?.proof && snapshot.policy.dpop[application.type] === 'optional') return undefined;
    const verdict = await this.proofs.verify(proof, { snapshot, rpc });
    return verdict.ok ? verdict : this.refused(snapshot, verdict, { client: application.clientId }, call);
  }

  /** The token is good, but for another key than the one that was proven, or none was. */
  refuseOther(snapshot: TenantSnapshot, session: Session, key: Possession | undefined, call: Call): Promise<never> {
    const code = key ? 'dpop_key_mismatch' : 'dpop_proof_missing';
    return this.refused(snapshot, { ...reject(code), clause: 'RFC 9449 §5' }, aboutOf(session), call);
  }

  private refused(
    { tenant }: TenantSnapshot,
    verdict: ProofRefusal,
    about: ReturnType<typeof aboutOf>,
    { method, requestId: request }: Call,
  ): Promise<never> {
    return refuseProof(this.events, verdict, { tenant, request, about, facts: { method, presented: 'proof' } });
  }
}
