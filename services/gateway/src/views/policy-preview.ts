import type { enrollment } from '@countersign/contracts';

/** A preview as the API shows it; what is empty on the wire is left out. */
export const policyPreviewView = ({
  nextCursor,
  findings,
  affectedDevices,
  models,
  ...counts
}: enrollment.PreviewPolicyResponse) => ({
  ...counts,
  findings: findings.map(placed),
  affectedDevices: affectedDevices.map(({ unmet, ...device }) => ({ ...device, loses: unmet.map(placed) })),
  ...(nextCursor && { nextCursor }),
  models: models.map(({ model, ...rest }) => ({ ...rest, ...(model && { model }) })),
});

const placed = <T extends { application: string; action: string }>({ application, action, ...rest }: T) => ({
  ...(application && { application }),
  ...(action && { action }),
  ...rest,
});
