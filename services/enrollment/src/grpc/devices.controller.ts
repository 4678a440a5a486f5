import { Controller, Inject } from '@nestjs/common';
import { enrollment, type common } from '@countersign/contracts';
import { Rpc, personOf, type Call } from '@countersign/platform';
import type { Credential } from '../domain/credential.js';
import type { Details } from '../flows/details.js';
import type { Devices } from '../flows/devices.js';
import type { CallingPerson } from '../flows/grants.js';
import { signalsOf, type SignalFacts } from '../flows/signal-facts.js';
import type { Parts } from '../parts.js';
import { DETAILS, DEVICES, PARTS } from '../tokens.js';
import { ownView } from './view.js';

/** A person's own devices and event details. */
@Controller()
export class DevicesController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(DEVICES) private readonly devices: Devices,
    @Inject(DETAILS) private readonly details: Details,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.listCredentials)
  async listCredentials(_: enrollment.ListCredentialsRequest, call: Call): Promise<enrollment.ListCredentialsResponse> {
    const { person, credentials } = await this.devices.list(personOf(call));
    const views = credentials.map((credential) => ownView(this.parts.keys, person, credential));
    return { credentials: views, ...signalsOf(person, credentials) };
  }

  @Rpc(enrollment.EnrollmentServiceService.renameCredential)
  async renameCredential(
    { id, name }: enrollment.RenameCredentialRequest,
    call: Call,
  ): Promise<enrollment.RenameCredentialResponse> {
    const caller = personOf(call);
    return this.changed(caller, await this.devices.rename(caller, id, name, call));
  }

  @Rpc(enrollment.EnrollmentServiceService.suspendCredential)
  async suspendCredential(
    { id }: enrollment.SuspendCredentialRequest,
    call: Call,
  ): Promise<enrollment.SuspendCredentialResponse> {
    const caller = personOf(call);
    return this.changed(caller, await this.devices.suspend(caller, id, call));
  }

  @Rpc(enrollment.EnrollmentServiceService.resumeCredential)
  async resumeCredential(
    { id, grant }: enrollment.ResumeCredentialRequest,
    call: Call,
  ): Promise<enrollment.ResumeCredentialResponse> {
    const caller = personOf(call);
    return this.changed(caller, await this.devices.resume(caller, id, grant, call));
  }

  @Rpc(enrollment.EnrollmentServiceService.revokeCredential)
  async revokeCredential(
    { id, grant }: enrollment.RevokeCredentialRequest,
    call: Call,
  ): Promise<enrollment.RevokeCredentialResponse> {
    const caller = personOf(call);
    await this.devices.revoke(caller, id, grant, call);
    return this.devices.signals(caller);
  }

  @Rpc(enrollment.EnrollmentServiceService.openDetails)
  async openDetails({ details }: enrollment.OpenDetailsRequest, call: Call): Promise<enrollment.OpenDetailsResponse> {
    return { details: await this.details.open(personOf(call), details) };
  }

  private async changed(
    caller: CallingPerson,
    credential: Credential,
  ): Promise<SignalFacts & { credential: common.Credential }> {
    const { person, credentials } = await this.devices.list(caller);
    return { credential: ownView(this.parts.keys, person, credential), ...signalsOf(person, credentials) };
  }
}
