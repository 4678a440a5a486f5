import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { Minting } from '../application/minting.js';

@Controller()
export class MintingController {
  constructor(@Inject(Minting) private readonly minting: Minting) {}

  @Rpc(session.SessionServiceService.checkProof)
  checkProof(request: session.CheckProofRequest, call: Call): Promise<session.CheckProofResponse> {
    return this.minting.checkProof(request, call);
  }

  @Rpc(session.SessionServiceService.establish)
  establish(request: session.EstablishRequest, call: Call): Promise<session.EstablishResponse> {
    return this.minting.establish(request, call);
  }

  @Rpc(session.SessionServiceService.elevate)
  elevate(request: session.ElevateRequest, call: Call): Promise<session.ElevateResponse> {
    return this.minting.elevate(request, call);
  }

  @Rpc(session.SessionServiceService.grant)
  grant(request: session.GrantRequest, call: Call): Promise<session.GrantResponse> {
    return this.minting.grant(request, call);
  }

  @Rpc(session.SessionServiceService.endDevice)
  endDevice(request: session.EndDeviceRequest, call: Call): Promise<session.EndDeviceResponse> {
    return this.minting.endDevice(request, call);
  }
}
