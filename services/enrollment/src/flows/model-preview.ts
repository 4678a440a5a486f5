import type { Policy } from '@countersign/policy';
import type { Parts } from '../parts.js';

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
  { judgements, models: judge }: Pick<Parts, 'judgements' | 'models'>,
  tenant: string,
  { before, after }: { before: Policy; after: Policy },
): Promise<ModelPreview> {
  const harsher = after.metadata.onChange === 'suspend' && before.metadata.onChange !== 'suspend';
  const preview: ModelPreview = { condemned: 0, models: [] };
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
