import type { Policy } from '@countersign/policy';
import type { Parts } from '../parts.js';
import { KeptTrust, unacceptedTrusts } from './kept-trust.js';

/** Models told by name; all are counted. */
const MOST_MODELS = 50;

/** A model that a policy would condemn. */
export interface CondemnedModel {
  aaguid: string;
  /** What metadata calls it; empty when it says nothing. */
  model: string;
  /** A code such as `model_not_allowed`. */
  code: string;
  devices: number;
  /** The policy in force does the same to them. */
  already: boolean;
}

/** What a policy that is not in force yet would mean for the models that are enrolled. */
export interface ModelPreview {
  /** Devices whose model it would condemn and the policy in force does not, or less harshly. */
  condemned: number;
  /** The first 50. */
  models: CondemnedModel[];
}

/**
 * Judges each model of a tenant under both policies, as the fleet is judged once one is in force. Devices that are only
 * flagged or listed today and would be suspended count as newly condemned.
 */
export async function previewModels(
  parts: Pick<Parts, 'judgements' | 'models' | 'trusts' | 'anchorSets'>,
  tenant: string,
  { before, after }: { before: Policy; after: Policy },
): Promise<ModelPreview> {
  const { judgements, models: judge } = parts;
  const harsher = after.metadata.onChange === 'suspend' && before.metadata.onChange !== 'suspend';
  const preview = await previewTrust(parts, tenant, { before, after, harsher });
  for await (const page of judgements.modelCounts(tenant))
    for (const { devices, ...model } of page) {
      const verdict = judge.judgeEnrolled(after, model);
      if (verdict.ok || devices === 0) continue;
      const already = !harsher && !judge.judgeEnrolled(before, model).ok;
      if (!already) preview.condemned += devices;
      const found = { aaguid: model.aaguid, model: judge.nameOf(model), code: verdict.code, devices, already };
      if (preview.models.length < MOST_MODELS) preview.models.push(found);
    }
  return preview;
}

/**
 * Devices whose anchor the new policy no longer names lose their trust, whatever else it accepts. Some may have another
 * path to an anchor; whether they do is found out when the policy is in force.
 */
async function previewTrust(
  { models, trusts, anchorSets }: Pick<Parts, 'models' | 'trusts' | 'anchorSets'>,
  tenant: string,
  { before, after, harsher }: { before: Policy; after: Policy; harsher: boolean },
): Promise<ModelPreview> {
  const kept = new KeptTrust({ models, trusts, anchorSets });
  const [vouchedBefore, vouchedAfter] = [kept.vouching(before), kept.vouching(after)];
  const preview: ModelPreview = { condemned: 0, models: [] };
  for (const group of await trusts.groups(tenant)) {
    if (group.anchors === '' || vouchedAfter(group)) continue;
    const accepted = (policy: Policy) => !unacceptedTrusts(policy).includes(group.trust);
    const wasAttested = group.trust === 'anchored' && vouchedBefore(group);
    if (!wasAttested && accepted(after)) continue;
    const already = !wasAttested && !harsher && !accepted(before);
    if (!already) preview.condemned += group.devices;
    const { aaguid, devices } = group;
    const found = { aaguid, model: models.nameOf(group), code: 'attestation_untrusted', devices, already };
    if (preview.models.length < MOST_MODELS) preview.models.push(found);
  }
  return preview;
}
