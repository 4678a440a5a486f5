import { Controller, Inject } from '@nestjs/common';
import type { common } from '@countersign/contracts';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import type { Directory } from '../http/edge.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { empty, id, text } from '../schemas/common.js';
import { device, exampleDevice } from '../schemas/device.js';
import { exampleSignals, signals } from '../schemas/signals.js';
import { DIRECTORY } from '../tokens.js';
import { deviceView } from '../views/device.js';
import { signalsView, type SignalFacts } from '../views/signals.js';

const devicePath = z.strictObject({ id });
const rename = z.strictObject({ name: text(64) });
const list = z.strictObject({ devices: z.array(device), signals });
const changed = device.extend({ signals });
const removed = z.strictObject({ signals });
const exampleChanged = { ...exampleDevice, signals: exampleSignals };

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
        example: { devices: [exampleDevice], signals: exampleSignals },
      },
    },
  })
  async listDevices(http: Exchange) {
    const answer = await this.peers.enrollment.listCredentials({}, http);
    return { devices: answer.credentials.map(deviceView), signals: this.signals(http, answer) };
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
      200: { description: 'The device.', schema: changed, example: { ...exampleChanged, name: 'Work laptop' } },
    },
    errors: ['not_found', 'device_name_invalid'],
  })
  async renameDevice(http: OneDevice<z.output<typeof rename>>) {
    const request = { id: http.params.id, name: http.body.name };
    return this.changed(http, await this.peers.enrollment.renameCredential(request, http));
  }

  @Endpoint({
    method: 'DELETE',
    path: '/auth/devices/{id}',
    summary: 'Remove a device',
    description: 'For good; its sessions end. The grant is for `authenticator.remove` with `{id}`.',
    auth: { kind: 'person' },
    headers: ['Countersign-Grant'],
    params: devicePath,
    answers: { 200: { description: 'It is removed.', schema: removed, example: { signals: exampleSignals } } },
    errors: ['not_found', 'step_up_required', 'grant_refused', 'conflict'],
  })
  async removeDevice(http: OneDevice) {
    const request = { id: http.params.id, grant: http.header('Countersign-Grant') };
    const answer = await this.peers.enrollment.revokeCredential(request, http);
    return { signals: this.signals(http, answer) };
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
    answers: {
      200: { description: 'The device.', schema: changed, example: { ...exampleChanged, state: 'suspended' } },
    },
    errors: ['not_found', 'conflict'],
  })
  async suspendDevice(http: OneDevice) {
    return this.changed(http, await this.peers.enrollment.suspendCredential({ id: http.params.id }, http));
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
    answers: { 200: { description: 'The device.', schema: changed, example: exampleChanged } },
    errors: [
      'not_found',
      'step_up_required',
      'grant_refused',
      'credential_compromised',
      'device_condemned',
      'conflict',
    ],
  })
  async resumeDevice(http: OneDevice) {
    const request = { id: http.params.id, grant: http.header('Countersign-Grant') };
    return this.changed(http, await this.peers.enrollment.resumeCredential(request, http));
  }

  private changed(http: Exchange, answer: SignalFacts & { credential?: common.Credential | undefined }) {
    return { ...deviceView(answer.credential!), signals: this.signals(http, answer) };
  }

  private signals(http: Exchange, facts: SignalFacts) {
    return signalsView(this.directory.byTenant(http.callerTenant).rpId, facts);
  }
}
