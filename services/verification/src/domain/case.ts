import { isRefusal, refuse, type ErrorDetails, type ErrorKind, type Refusal } from '@countersign/kernel';
import type { Application, Cause, Credential, Holder, Origin, Ports, Purpose, RiskVerdict } from '../ports.js';

type Judged = { ok: true } | (Refusal & { clause?: string });

const KINDS = {
  authentication: { event: 'authentication.refused', told: 'authentication_failed' },
  step_up: { event: 'stepup.refused', told: 'step_up_failed' },
} as const;

const JUDGED: readonly ErrorKind[] = ['unauthenticated', 'forbidden', 'conflict', 'not_found'];

/**
 * One ceremony while it is judged: what has been found out so far, so that a refusal can be written down with it.
 * The client is told one code whatever was refused (WebAuthn L3 §14.6.2, PSD2 RTS art. 4(3)(a)); the record has the precise one.
 */
export class Case {
  private holder?: Holder;
  private credential?: Credential;
  private risk?: RiskVerdict;
  private signed = false;

  constructor(
    private readonly ports: Ports,
    readonly purpose: Purpose,
    readonly application: Application,
    readonly origin: Origin,
    readonly cause: Cause,
    private readonly session?: string,
  ) {}

  /** From here on a refusal is about this person, who sees it in their activity. */
  concerns(holder: Holder | undefined, credential: Credential | undefined): void {
    if (credential) [this.holder, this.credential] = [holder, credential];
  }

  /** From here on it is the person's own key that speaks: what a stranger sends under a known id never counts against them (R30). */
  isSigned(): void {
    this.signed = true;
  }

  weighed(risk: RiskVerdict): void {
    this.risk = risk;
  }

  /**
   * Goes on with what passed; anything else is recorded and ends the ceremony.
   *
   * @param details what the client may be told beside the one code
   * @throws `authentication_failed` or `step_up_failed`
   */
  async must<V extends Judged>(verdict: V, details: ErrorDetails = {}): Promise<Extract<V, { ok: true }>> {
    const judged: Judged = verdict;
    if (judged.ok) return verdict as Extract<V, { ok: true }>;
    await this.record(judged);
    throw refuse(KINDS[this.purpose].told, details, judged.code);
  }

  /**
   * Waits for session's answer. What session refuses (a device ended meanwhile, a weaker proof than the session has) it has
   * recorded itself; the client is told the one code. What merely failed stays what it is.
   */
  async told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (isRefusal(error) && JUDGED.includes(error.kind)) throw refuse(KINDS[this.purpose].told, {}, error.code);
      throw error;
    }
  }

  /** Writes one event about this ceremony. */
  async record(refusal: Refusal & { clause?: string; pseudonym?: string }): Promise<void> {
    const { application, holder, credential, session, risk, origin } = this;
    const about = { holder, credential: credential?.id, session, risk, origin };
    const where = {
      tenant: application.tenant,
      clientId: application.clientId,
      policyVersion: application.policy.version,
    };
    const facts = { ...refusal.facts, signed: this.signed };
    const type = KINDS[this.purpose].event;
    await this.ports.records.refused({ ...refusal, facts, ...where, ...about, type }, this.cause);
  }
}
