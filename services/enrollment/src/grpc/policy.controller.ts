import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import type { Loss } from '../domain/policy-preview.js';
import { serverOf } from '../flows/caller.js';
import type { PolicyPreviews } from '../flows/policy-preview.js';
import type { Parts } from '../parts.js';
import { PARTS, POLICY_PREVIEWS } from '../tokens.js';

/** What a change of policy would mean for those who are enrolled. */
@Controller()
export class PolicyController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(POLICY_PREVIEWS) private readonly previews: PolicyPreviews,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.previewPolicy)
  async previewPolicy(request: enrollment.PreviewPolicyRequest, call: Call): Promise<enrollment.PreviewPolicyResponse> {
    const { tenant } = serverOf(this.parts, call, 'admin', request.tenant);
    const { page, losses: _, findings, ...counts } = await this.previews.of(tenant, request);
    return {
      ...counts,
      findings: findings.map(({ application = '', action = '', ...found }) => ({ application, action, ...found })),
      affectedDevices: page.map(({ subject, id, state, losses }) => ({
        subject,
        device: id,
        state,
        unmet: losses.map(unmetOf),
      })),
    };
  }
}

const unmetOf = ({ application = '', action = '', requirements }: Loss): enrollment.UnmetRequirements => ({
  application,
  action,
  requirements,
});
