import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { Rpc } from '@countersign/platform';
import { DisabledKeys } from '../application/disabled-keys.js';

@Controller()
export class KeyController {
  constructor(@Inject(DisabledKeys) private readonly disabled: DisabledKeys) {}

  @Rpc(session.SessionServiceService.disableKey)
  async disableKey({ key }: session.DisableKeyRequest): Promise<session.DisableKeyResponse> {
    const { active, storeFailure = '' } = await this.disabled.disable(key);
    return { active, storeFailure };
  }
}
