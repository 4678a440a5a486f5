import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { serverOf } from '../flows/caller.js';
import type { CondemnedDevices, CondemnedPage } from '../flows/condemned-devices.js';
import type { Parts } from '../parts.js';
import { CONDEMNED, PARTS } from '../tokens.js';

/** What metadata has to say about enrolled devices, for the tenant's server. */
@Controller()
export class CondemnedController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(CONDEMNED) private readonly condemned: CondemnedDevices,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.listCondemnedDevices)
  async listCondemnedDevices(
    { cursor, limit }: enrollment.ListCondemnedDevicesRequest,
    call: Call,
  ): Promise<enrollment.ListCondemnedDevicesResponse> {
    const { tenant } = serverOf(this.parts, call, 'subjects:read');
    const { devices, nextCursor } = await this.condemned.list(tenant, cursor, limit);
    return { devices: devices.map(deviceOf), nextCursor };
  }
}

const deviceOf = (device: CondemnedPage['devices'][number]): enrollment.CondemnedDevice => ({
  device: device.id,
  subject: device.subject,
  aaguid: device.model.aaguid,
  model: device.name,
  state: device.state,
  code: device.code,
  detail: device.detail,
  action: device.action,
  metadataNo: BigInt(device.metadataNo),
  foundAt: device.foundAt.toISOString(),
});
