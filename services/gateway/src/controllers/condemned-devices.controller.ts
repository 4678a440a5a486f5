import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { cursor, id, limit, time } from '../schemas/common.js';
import { exampleSubject } from '../schemas/session.js';
import { condemnedDeviceView } from '../views/condemned-device.js';

const USUAL_DEVICES = 50;

const query = z.strictObject({ cursor: cursor.optional(), limit: limit(200, USUAL_DEVICES) });
const condemnedDevice = z
  .strictObject({
    device: id,
    subject: id,
    aaguid: z.string(),
    model: z.string().optional().meta({ description: 'Name of the model, where metadata has one.' }),
    state: z.enum(['active', 'suspended']),
    code: z.string().meta({ description: 'What condemns it, e.g. `model_status_refused`.' }),
    detail: z.string().meta({ description: 'The status, level or AAGUID that decided.' }),
    action: z.enum(['suspended', 'flagged', 'listed']).meta({ description: 'What the policy had done about it.' }),
    metadata: z.number().int().optional().meta({ description: 'Number of the metadata it was judged by.' }),
    foundAt: time,
  })
  .meta({ id: 'CondemnedDevice' });
const list = z.strictObject({ devices: z.array(condemnedDevice), nextCursor: z.string().optional() });

/** Enrolled devices whose model may be enrolled no longer. */
@Controller('v1')
export class CondemnedDevicesController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'GET',
    path: '/devices/condemned',
    summary: 'List devices of condemned models',
    description:
      'Devices whose model the metadata service or the policy condemns, whether they were suspended, flagged or only listed. In the order of their ids.',
    auth: { kind: 'server', scope: 'subjects:read' },
    query,
    answers: {
      200: {
        description: 'One page.',
        schema: list,
        example: {
          devices: [
            {
              device: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
              subject: exampleSubject,
              aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
              model: 'Example Security Key',
              state: 'suspended',
              code: 'model_status_refused',
              detail: 'USER_VERIFICATION_BYPASS',
              action: 'suspended',
              metadata: 142,
              foundAt: '2026-11-22T08:00:41.000Z',
            },
          ],
        },
      },
    },
    errors: ['cursor_invalid'],
  })
  async listCondemnedDevices(http: Exchange<unknown, unknown, z.output<typeof query>>) {
    const { cursor = '', limit = USUAL_DEVICES } = http.query;
    const { devices, nextCursor } = await this.peers.enrollment.listCondemnedDevices({ cursor, limit }, http);
    return { devices: devices.map(condemnedDeviceView), ...(nextCursor && { nextCursor }) };
  }
}
