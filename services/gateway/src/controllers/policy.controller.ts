import { Controller, Inject } from '@nestjs/common';
import { REQUIREMENTS } from '@countersign/kernel';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Exchange } from '../http/exchange.js';
import { cursor, id } from '../schemas/common.js';
import { exampleSubject } from '../schemas/session.js';
import { policyPreviewView } from '../views/policy-preview.js';

const USUAL_DEVICES = 50;

const request = z.strictObject({
  policy: z.looseObject({}).meta({ description: 'The whole policy; what it leaves out takes the default.' }),
  cursor: cursor.optional(),
  limit: z.number().int().min(0).max(500).optional().meta({ description: 'Devices a page.', default: USUAL_DEVICES }),
});
const requirement = z.enum(REQUIREMENTS);
const place = {
  application: z.string().optional().meta({ description: 'Client id; absent: every application without a policy.' }),
  action: z.string().optional().meta({ description: 'Absent: signing in.' }),
};
const finding = z.strictObject({
  ...place,
  requirement,
  devices: z.number().int().meta({ description: 'Devices that would not satisfy it.' }),
  already: z.number().int().meta({ description: 'How many of them satisfy nothing there today either.' }),
});
const affected = z.strictObject({
  subject: id,
  device: id,
  state: z.enum(['active', 'suspended']),
  loses: z.array(z.strictObject({ ...place, requirements: z.array(requirement) })),
});
const condemnedModel = z.strictObject({
  aaguid: z.string(),
  model: z.string().optional().meta({ description: 'Name of the model, where metadata has one.' }),
  code: z.string().meta({ description: 'What would condemn it, e.g. `model_not_allowed`.' }),
  devices: z.number().int(),
  already: z.boolean().meta({ description: 'The policy in force condemns it as well.' }),
});
const preview = z
  .strictObject({
    basedOn: z.number().int().meta({ description: 'Version of the policy in force.' }),
    devices: z.number().int().meta({ description: 'All that are not revoked.' }),
    affected: z.number().int().meta({ description: 'Devices that satisfy something today and would not any more.' }),
    findings: z.array(finding),
    affectedDevices: z.array(affected),
    nextCursor: z.string().optional(),
    condemned: z.number().int().meta({ description: 'Devices whose model only the new policy would condemn.' }),
    models: z.array(condemnedModel).meta({ description: 'The first 50 models it would condemn.' }),
  })
  .meta({ id: 'PolicyPreview' });

/** What a change of policy would mean. */
@Controller('v1')
export class PolicyController {
  constructor(@Inject(Peers) private readonly peers: Peers) {}

  @Endpoint({
    method: 'POST',
    path: '/policy/preview',
    summary: 'Preview a policy',
    description: 'Which enrolled devices would no longer satisfy it. Writes nothing and activates nothing.',
    auth: { kind: 'server', scope: 'admin' },
    body: request,
    example: { policy: { webauthn: { assurance: { level: 'device-bound-attested' } } } },
    answers: {
      200: {
        description: 'What would change, and one page of the devices.',
        schema: preview,
        example: {
          basedOn: 3,
          devices: 10_000,
          affected: 1,
          findings: [{ requirement: 'attestation', devices: 1, already: 0 }],
          affectedDevices: [
            {
              subject: exampleSubject,
              device: '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04',
              state: 'active',
              loses: [{ requirements: ['attestation'] }],
            },
          ],
          condemned: 37,
          models: [
            {
              aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
              model: 'Example Security Key',
              code: 'model_not_allowed',
              devices: 37,
              already: false,
            },
          ],
        },
      },
    },
    errors: ['policy_invalid', 'cursor_invalid'],
  })
  async previewPolicy(http: Exchange<z.output<typeof request>>) {
    const { policy, cursor = '', limit = USUAL_DEVICES } = http.body;
    const asked = { tenant: '', document: JSON.stringify(policy), cursor, limit };
    return policyPreviewView(await this.peers.enrollment.previewPolicy(asked, http));
  }
}
