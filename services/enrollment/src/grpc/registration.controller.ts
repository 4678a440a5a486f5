import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { Rpc, personOf, type Call } from '@countersign/platform';
import type { Devices } from '../flows/devices.js';
import type { EnrollWithGrant } from '../flows/enroll-with-grant.js';
import type { EnrollWithTicket } from '../flows/enroll-with-ticket.js';
import type { Parts } from '../parts.js';
import { DEVICES, PARTS, WITH_GRANT, WITH_TICKET } from '../tokens.js';
import { ownView } from './view.js';

/** Both ways to a new authenticator. */
@Controller()
export class RegistrationController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(WITH_TICKET) private readonly withTicket: EnrollWithTicket,
    @Inject(WITH_GRANT) private readonly withGrant: EnrollWithGrant,
    @Inject(DEVICES) private readonly devices: Devices,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.beginWithTicket)
  async beginWithTicket(
    request: enrollment.BeginWithTicketRequest,
    call: Call,
  ): Promise<enrollment.BeginWithTicketResponse> {
    return { options: await this.withTicket.begin(request, request.origin, call) };
  }

  @Rpc(enrollment.EnrollmentServiceService.completeWithTicket)
  async completeWithTicket(
    request: enrollment.CompleteWithTicketRequest,
    call: Call,
  ): Promise<enrollment.CompleteWithTicketResponse> {
    const { person, credential } = await this.withTicket.complete(request, request, call);
    const signals = await this.withTicket.signals(person);
    return { credential: ownView(this.parts.keys, person, credential), ...signals };
  }

  @Rpc(enrollment.EnrollmentServiceService.beginWithGrant)
  async beginWithGrant(
    request: enrollment.BeginWithGrantRequest,
    call: Call,
  ): Promise<enrollment.BeginWithGrantResponse> {
    return { options: await this.withGrant.begin(request.grant, personOf(call), call) };
  }

  @Rpc(enrollment.EnrollmentServiceService.completeWithGrant)
  async completeWithGrant(
    request: enrollment.CompleteWithGrantRequest,
    call: Call,
  ): Promise<enrollment.CompleteWithGrantResponse> {
    const caller = personOf(call);
    const { person, credential } = await this.withGrant.complete(request, caller, call);
    return { credential: ownView(this.parts.keys, person, credential), ...(await this.devices.signals(caller)) };
  }
}
