import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import type { Directory } from '../http/edge.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { empty, id, signal, text } from '../schemas/common.js';
import { device, exampleDevice } from '../schemas/device.js';
import { DIRECTORY } from '../tokens.js';
import { deviceView, signalView } from '../views/device.js';

const devicePath = z.strictObject({ id });
const rename = z.strictObject({ name: text(64) });
const list = z.strictObject({ devices: z.array(device), signal });
const removed = z.strictObject({ signal });
const exampleSignal = { rpId: 'bank.example', userId: 'bW9uYQ', allAcceptedCredentialIds: ['kq0mVh1h8wF3xJm2y3h0Zg'] };

type OneDevice<Body = unknown> = Exchange<Body, z.output<typeof devicePath>>;

/** The person's authenticators. What adds, resumes or removes one needs a step-up grant (R29). */
@Controller('v1')
export class DevicesController {
  constructor(
    @Inject(Peers) private readonly peers: Peers,
    @Inject(DIRECTORY) private readonly directory: Directory,
  ) {}

  @Endpoint({
    method: 'GET',
    path: '/auth/devices',
    summary: 'List the person’s devices',
    auth: { kind: 'person' },
    answers: {
      200: {
        description: 'All but revoked ones.',
        schema: list,
        example: { devices: [exampleDevice], signal: exampleSignal },
      },
    },
  })
  async listDevices(http: Exchange) {
    const { credentials, userHandle } = await this.peers.enrollment.listCredentials({}, http);
    const accepted = credentials.filter(({ state }) => state !== 'revoked').map(({ credentialId }) => credentialId);
    return { devices: credentials.map(deviceView), signal: signalView(this.rpId(http), userHandle, accepted) };
  }

  @Endpoint({
    method: 'PATCH',
    path: '/auth/devices/{id}',
    summary: 'Rename a device',
    auth: { kind: 'person' },
    params: devicePath,
    body: rename,
    example: { name: 'Work laptop' },
    answers: {
      200: { description: 'The device.', schema: device, example: { ...exampleDevice, name: 'Work laptop' } },
    },
    errors: ['not_found', 'device_name_invalid'],
  })
  async renameDevice(http: OneDevice<z.output<typeof rename>>) {
    const request = { id: http.params.id, name: http.body.name };
    const { credential } = await this.peers.enrollment.renameCredential(request, http);
    return deviceView(credential!);
  }

  @Endpoint({
    method: 'DELETE',
    path: '/auth/devices/{id}',
    summary: 'Remove a device',
    description: 'For good; its sessions end. The grant is for `authenticator.remove` with `{id}`.',
    auth: { kind: 'person' },
    headers: ['Countersign-Grant'],
    params: devicePath,
    answers: { 200: { description: 'It is removed.', schema: removed, example: { signal: exampleSignal } } },
    errors: ['not_found', 'step_up_required', 'grant_refused', 'conflict'],
  })
  async removeDevice(http: OneDevice) {
    const request = { id: http.params.id, grant: http.header('Countersign-Grant') };
    const answer = await this.peers.enrollment.revokeCredential(request, http);
    return { signal: signalView(this.rpId(http), answer.userHandle, answer.acceptedCredentialIds) };
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/devices/{id}/suspend',
    summary: 'Suspend a device',
    description: 'It cannot sign in until it is resumed; its sessions end.',
    auth: { kind: 'person' },
    params: devicePath,
    body: empty,
    example: {},
    answers: { 200: { description: 'The device.', schema: device, example: { ...exampleDevice, state: 'suspended' } } },
    errors: ['not_found', 'conflict'],
  })
  async suspendDevice(http: OneDevice) {
    const { credential } = await this.peers.enrollment.suspendCredential({ id: http.params.id }, http);
    return deviceView(credential!);
  }

  @Endpoint({
    method: 'POST',
    path: '/auth/devices/{id}/resume',
    summary: 'Resume a device',
    description: 'The grant is for `authenticator.resume` with `{id}`.',
    auth: { kind: 'person' },
    headers: ['Countersign-Grant'],
    params: devicePath,
    body: empty,
    example: {},
    answers: { 200: { description: 'The device.', schema: device, example: exampleDevice } },
    errors: ['not_found', 'step_up_required', 'grant_refused', 'credential_compromised', 'conflict'],
  })
  async resumeDevice(http: OneDevice) {
    const request = { id: http.params.id, grant: http.header('Countersign-Grant') };
    const { credential } = await this.peers.enrollment.resumeCredential(request, http);
    return deviceView(credential!);
  }

  private rpId = (http: Exchange): string => this.directory.byTenant(http.callerTenant).rpId;
}
