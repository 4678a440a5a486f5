import type { risk } from '@countersign/contracts';
import type { Logger, RpcClient } from '@countersign/platform';
import type { Cause, Risk, RiskVerdict } from '../ports.js';

const ABSENT: RiskVerdict = { score: 0, level: 'ABSENT', action: '', reasons: [] };

/** Risk, for as long as it may take. Whatever keeps it from answering is its absence; what that means is policy. */
export class RiskClient implements Risk {
  constructor(
    private readonly client: RpcClient<typeof risk.RiskServiceService>,
    private readonly withinMs: number,
    private readonly log: Logger,
  ) {}

  async assess({ pseudonym, ...question }: Parameters<Risk['assess']>[0], cause: Cause): Promise<RiskVerdict> {
    const deadline = Math.min(cause.deadline, Date.now() + this.withinMs);
    try {
      const { verdict } = await this.client.assess({ ...question, subject: pseudonym }, { ...cause, deadline });
      return verdict ?? ABSENT;
    } catch (error) {
      this.log.warn('risk.absent', { requestId: cause.requestId, tenant: question.tenant, error });
      return ABSENT;
    }
  }
}
