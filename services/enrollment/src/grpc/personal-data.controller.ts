import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { waitingFor } from '../domain/erasure.js';
import { serverOf } from '../flows/caller.js';
import type { Erasures } from '../flows/erasure/erasures.js';
import type { Exports } from '../flows/export/exports.js';
import type { Parts } from '../parts.js';
import type { StoredErasure } from '../store/erasure-store.js';
import { ERASURES, EXPORTS, PARTS } from '../tokens.js';

/** What a person can ask of the tenant under the GDPR: to be forgotten, and to be told. */
@Controller()
export class PersonalDataController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(ERASURES) private readonly erasures: Erasures,
    @Inject(EXPORTS) private readonly exports: Exports,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.eraseSubject)
  async eraseSubject(request: enrollment.EraseSubjectRequest, call: Call): Promise<enrollment.EraseSubjectResponse> {
    const caller = serverOf(this.parts, call, 'subjects:erase', request.tenant);
    return { erasure: viewOf(await this.erasures.erase(caller, request.subject)) };
  }

  @Rpc(enrollment.EnrollmentServiceService.getErasure)
  async getErasure(request: enrollment.GetErasureRequest, call: Call): Promise<enrollment.GetErasureResponse> {
    const { tenant } = serverOf(this.parts, call, 'subjects:erase', request.tenant);
    return { erasure: viewOf(await this.erasures.read(tenant, request.erasure)) };
  }

  @Rpc(enrollment.EnrollmentServiceService.exportSubject)
  async exportSubject(request: enrollment.ExportSubjectRequest, call: Call): Promise<enrollment.ExportSubjectResponse> {
    const caller = serverOf(this.parts, call, 'subjects:export', request.tenant);
    return this.exports.page(caller, request.subject, request.cursor, call);
  }
}

const viewOf = (erasure: StoredErasure): enrollment.Erasure => ({
  id: erasure.id,
  subject: erasure.subject,
  state: erasure.completedAt ? 'completed' : 'running',
  requestedAt: erasure.requestedAt.toISOString(),
  completedAt: erasure.completedAt?.toISOString() ?? '',
  waitingFor: waitingFor(erasure),
});
