import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { isUuid, refuse } from '@countersign/kernel';
import { Rpc, type Call } from '@countersign/platform';
import { isRewrapStep } from '../domain/rewrap.js';
import { serverOf } from '../flows/caller.js';
import { RewrapSubjectKeys } from '../flows/rewrap/subject-keys.js';
import { RewrapTenantKeys } from '../flows/rewrap/tenant-keys.js';
import type { Parts } from '../parts.js';
import { PARTS } from '../tokens.js';

const MOST = 500;

/** Keys wrapped anew, by the command line. */
@Controller()
export class RewrapController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(RewrapTenantKeys) private readonly tenantKeys: RewrapTenantKeys,
    @Inject(RewrapSubjectKeys) private readonly subjectKeys: RewrapSubjectKeys,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.rewrapTenantKeys)
  rewrapTenantKeys(request: enrollment.RewrapTenantKeysRequest): Promise<enrollment.RewrapTenantKeysResponse> {
    const { after, limit } = checked(request);
    return this.tenantKeys.batch(after, limit);
  }

  @Rpc(enrollment.EnrollmentServiceService.rewrapSubjectKeys)
  async rewrapSubjectKeys(
    request: enrollment.RewrapSubjectKeysRequest,
    call: Call,
  ): Promise<enrollment.RewrapSubjectKeysResponse> {
    const { tenant } = serverOf(this.parts, call, 'admin', request.tenant);
    const { step } = request;
    if (!isRewrapStep(step)) throw refuse('request_invalid', {}, 'step');
    const { after, limit } = step === 'move' ? checked(request) : { after: '', limit: 0 };
    return this.subjectKeys.step(tenant, step, after, limit);
  }
}

function checked({ after, limit }: { after: string; limit: number }): { after: string; limit: number } {
  if (limit < 1 || limit > MOST || (after !== '' && !isUuid(after))) throw refuse('request_invalid', {}, 'batch');
  return { after, limit };
}
