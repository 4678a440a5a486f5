import type { Control } from '../control.js';

/** Where something is asked of a device; both left out: signing in to any application the policy does not name. */
interface Place {
  application?: string;
  action?: string;
}

/** What a policy would mean for the enrolled devices; the form of `POST /v1/policy/preview`. */
export interface Preview {
  /** Version in force, with which it was compared. */
  basedOn: number;
  devices: number;
  affected: number;
  findings: (Place & { requirement: string; devices: number; already: number })[];
  affectedDevices: {
    subject: string;
    device: string;
    state: string;
    loses: (Place & { requirements: string[] })[];
  }[];
  nextCursor?: string;
  /** Devices whose model only the new policy would condemn. */
  condemned: number;
  models: { aaguid: string; model?: string; code: string; devices: number; already: boolean }[];
}

/** Asks enrollment. @throws `policy_invalid`, `cursor_invalid`, `not_found` for an unknown tenant */
export async function askPreview(
  { enrollment, call }: Control,
  request: { tenant: string; document: string; limit: number; cursor: string },
): Promise<Preview> {
  const { findings, affectedDevices, nextCursor, models, ...counts } = await enrollment.previewPolicy(request, call());
  return {
    ...counts,
    findings: findings.map(placed),
    affectedDevices: affectedDevices.map(({ unmet, ...device }) => ({ ...device, loses: unmet.map(placed) })),
    ...(nextCursor && { nextCursor }),
    models: models.map(({ model, ...rest }) => ({ ...rest, ...(model && { model }) })),
  };
}

const placed = <T extends { application: string; action: string }>({ application, action, ...rest }: T) => ({
  ...(application && { application }),
  ...(action && { action }),
  ...rest,
});

/** One line a finding, one a device. */
export function previewLines(preview: Preview): string[] {
  const { devices, affected, findings, affectedDevices, nextCursor, models } = preview;
  return [
    `${affected} of ${devices} devices would be left behind`,
    ...(preview.condemned > 0 ? [`${preview.condemned} of ${devices} devices are of models it would condemn`] : []),
    ...models.map(
      ({ aaguid, code, already, ...found }) =>
        `  model ${aaguid}: ${found.devices} ${code}${already ? ' (already)' : ''}`,
    ),
    ...findings.map(
      (found) => `  ${placeIn(found)}: ${found.devices} lack ${found.requirement} (${found.already} already)`,
    ),
    ...affectedDevices.map(
      ({ subject, device, loses }) => `  device ${device} of ${subject}: ${loses.map(lossIn).join('; ')}`,
    ),
    ...(nextCursor ? [`there are more: --cursor ${nextCursor}`] : []),
  ];
}

const lossIn = (loss: Place & { requirements: string[] }): string =>
  `${placeIn(loss)}: ${loss.requirements.join(', ')}`;

const placeIn = ({ application, action }: Place): string =>
  [action ?? 'sign-in', ...(application ? [`at ${application}`] : [])].join(' ');
