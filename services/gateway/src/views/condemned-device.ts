import type { enrollment } from '@countersign/contracts';

/** A device of a condemned model as the API shows it; what is not known is left out. */
export const condemnedDeviceView = ({ model, metadataNo, ...device }: enrollment.CondemnedDevice) => ({
  ...device,
  ...(model && { model }),
  ...(metadataNo > 0n && { metadata: Number(metadataNo) }),
});
