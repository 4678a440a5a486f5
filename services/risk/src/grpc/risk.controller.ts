import { Controller, Inject } from '@nestjs/common';
import { risk } from '@countersign/contracts';
import { isUuid, refuse } from '@countersign/kernel';
import { Rpc } from '@countersign/platform';
import { scoreRisk, type TenantSnapshot } from '@countersign/policy';
import { akinTo, weigh } from '../domain/weigh.js';
import type { History } from '../ports.js';
import { HistoryExport } from '../store/history-export.js';
import { HISTORY, TENANTS } from '../tokens.js';

export interface Tenants {
  /** @throws `not_found` */
  byTenant(tenant: string): Pick<TenantSnapshot, 'policy'>;
}

/** How sure are we? One read, the tenant's weights, no write. */
@Controller()
export class RiskController {
  constructor(
    @Inject(HISTORY) private readonly history: History,
    @Inject(TENANTS) private readonly tenants: Tenants,
    @Inject(HistoryExport) private readonly exports: HistoryExport,
  ) {}

  @Rpc(risk.RiskServiceService.assess)
  async assess(question: risk.AssessRequest): Promise<risk.AssessResponse> {
    if (!isUuid(question.credential) || question.subject === '')
      throw refuse('request_invalid', {}, 'credential or subject');
    const { risk: policy } = this.tenants.byTenant(question.tenant).policy;
    const signals = await this.history.signals(question, akinTo(question.platform));
    return { verdict: scoreRisk(policy, weigh(question, signals, policy)) };
  }

  @Rpc(risk.RiskServiceService.exportHistory)
  async exportHistory({ tenant, subject }: risk.ExportHistoryRequest): Promise<risk.ExportHistoryResponse> {
    if (!isUuid(tenant) || subject === '') throw refuse('request_invalid', {}, 'export');
    return this.exports.of(tenant, subject);
  }
}
