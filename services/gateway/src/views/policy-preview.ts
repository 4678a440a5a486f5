import type { enrollment } from '@countersign/contracts';

/** A preview as the API shows it; what is empty on the wire is left out. */
export const policyPreviewView = ({
  nextCursor,
  findings,
  affectedDevices,
  ...counts
}: enrollment.PreviewPolicyResponse) => ({
  ...counts,
  findings: findings.map(placed),
  affectedDevices: affectedDevices.map(({ unmet, ...device }) => ({ ...device, loses: unmet.map(placed) })),
  ...(nextCursor && { nextCursor }),
});

const placed = <T extends { application: string; action: string }>({ application, action, ...rest }: T) => ({
  ...(application && { application }),
  ...(action && { action }),
  ...rest,
});
