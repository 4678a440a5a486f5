import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { Peers } from '../calls/peers.js';
import { Endpoint } from '../http/endpoint.js';
import type { Directory } from '../http/edge.js';
import type { Exchange } from '../http/exchange.js';
import { creationOptions, empty, registrationCredential, text, time } from '../schemas/common.js';
import { device, exampleDevice } from '../schemas/device.js';
import { exampleSignals, signals } from '../schemas/signals.js';
import { DIRECTORY } from '../tokens.js';
import { deviceView } from '../views/device.js';
import { signalsView } from '../views/signals.js';

const open = z.strictObject({ ticket: text(512), pin: text(32).optional() });
const opened = z.strictObject({
  expiresAt: time,
  displayName: z.string().optional(),
  enrollmentToken: z
    .string()
    .optional()
    .meta({ description: 'Native applications only; send it as `Countersign-Enrollment`.' }),
});
const verify = z.strictObject({ credential: registrationCredential, name: text(64).optional() });
const enrolled = z.strictObject({ device, signals });

/** Adding an authenticator: the first by a ticket, later ones by a step-up grant (R29). */
@Controller('v1')
export class RegistrationController {
  constructor(
    @Inject(Peers) private readonly peers: Peers,
    @Inject(DIRECTORY) private readonly directory: Directory,
  ) {}

  @Endpoint({
    method: 'POST',
    path: '/enrollment-tickets/open',
    summary: 'Open an enrollment ticket',
    description:
      'The first to open it owns it: a browser by the cookie set here, a native application by `enrollmentToken`.',
    auth: { kind: 'client' },
    body: open,
    example: { ticket: 'q3mC0wZ8u1…', pin: '481516' },
    answers: {
      200: {
        description: 'The ticket is opened.',
        schema: opened,
        example: { expiresAt: '2026-11-22T08:10:00.000Z', displayName: 'Ada Example' },
      },
    },
    errors: ['ticket_refused', 'ticket_pin_wrong'],
  })
  async openTicket(http: Exchange<z.output<typeof open>>) {
    const { application } = http.client;
    const { ticket, pin = '' } = http.body;
    const request = { clientId: application.clientId, ticket, pin, origin: http.origin };
    const { binding, expiresAt, displayName } = await this.peers.enrollment.openTicket(request, http);
    const named = displayName === '' ? {} : { displayName };
    if (application.type !== 'web') return { expiresAt, ...named, enrollmentToken: binding };
    http.setCookie(http.jar.enrollment, binding, (Date.parse(expiresAt) - Date.now()) / 1000);
    return { expiresAt, ...named };
  }

  @Endpoint({
    method: 'POST',
    path: '/passkey/register/options',
    summary: 'Begin to add an authenticator',
    auth: { kind: 'enrollment-or-person' },
    headers: ['Countersign-Grant'],
    body: empty,
    example: {},
    answers: {
      200: {
        description: 'Creation options for the browser.',
        schema: creationOptions,
        example: { challenge: 'bG9uZyBzZWFs…', rp: { id: 'bank.example', name: 'Bank' } },
      },
    },
    errors: ['enrollment_binding_refused', 'grant_refused', 'step_up_required', 'too_many_devices'],
  })
  async beginRegistration(http: Exchange) {
    const binding = ticketOf(http);
    const { options } = binding
      ? await this.peers.enrollment.beginWithTicket(
          { clientId: http.client.application.clientId, binding, origin: http.origin },
          http,
        )
      : await this.beginWithGrant(http);
    return JSON.parse(options) as object;
  }

  @Endpoint({
    method: 'POST',
    path: '/passkey/register/verify',
    summary: 'Add the authenticator',
    description: 'Never repeatable: a second presentation is refused as `challenge_spent`.',
    auth: { kind: 'enrollment-or-person' },
    headers: ['Countersign-Grant'],
    body: verify,
    example: {
      credential: {
        id: 'kq0mVh1h8wF3xJm2y3h0Zg',
        rawId: 'kq0mVh1h8wF3xJm2y3h0Zg',
        type: 'public-key',
        response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0', attestationObject: 'o2NmbXRkbm9uZQ' },
        clientExtensionResults: {},
      },
      name: 'MacBook',
    },
    answers: {
      201: {
        description: 'The authenticator is enrolled.',
        schema: enrolled,
        example: { device: exampleDevice, signals: exampleSignals },
      },
    },
    errors: [
      'enrollment_binding_refused',
      'grant_refused',
      'device_name_invalid',
      'challenge_spent',
      'challenge_expired',
      'credential_exists',
      'too_many_devices',
      'credential_malformed',
      'client_data_malformed',
      'authenticator_data_malformed',
      'attestation_malformed',
      'public_key_malformed',
      'credential_id_too_long',
      'credential_mismatch',
      'ceremony_type_mismatch',
      'challenge_mismatch',
      'backup_flags_invalid',
      'attestation_format_unsupported',
      'attestation_safetynet_refused',
      'attestation_invalid',
      'attestation_serial_refused',
      'attestation_not_accepted',
      'attestation_untrusted',
      'attestation_revoked',
      'android_status_stale',
      'model_not_allowed',
      'model_status_refused',
      'model_unknown',
      'model_certification_insufficient',
      'model_statement_mismatch',
      'metadata_stale',
      'authenticator_not_accepted',
      'origin_not_allowed',
      'cross_origin_not_allowed',
      'rp_id_mismatch',
      'user_presence_missing',
      'user_verification_missing',
      'algorithm_not_allowed',
      'signature_invalid',
    ],
  })
  async completeRegistration(http: Exchange<z.output<typeof verify>>) {
    const { name = '' } = http.body;
    const request = { credential: JSON.stringify(http.body.credential), name, origin: http.origin };
    const binding = ticketOf(http);
    if (!binding) return this.completeWithGrant(http, request);
    const { application, snapshot } = http.client;
    const { clientId } = application;
    const answer = await this.peers.enrollment.completeWithTicket({ ...request, clientId, binding }, http);
    http.clearCookie(http.jar.enrollment);
    return { device: deviceView(answer.credential!), signals: signalsView(snapshot.rpId, answer) };
  }

  /** Without a grant enrollment answers which step-up it asks for. */
  private beginWithGrant(http: Exchange) {
    const grant = http.header('Countersign-Grant');
    return this.peers.enrollment.beginWithGrant({ grant, origin: http.origin }, http);
  }

  private async completeWithGrant(
    http: Exchange,
    request: { credential: string; name: string; origin: Exchange['origin'] },
  ) {
    const answer = await this.peers.enrollment.completeWithGrant(request, http);
    const { rpId } = this.directory.byTenant(http.callerTenant);
    return { device: deviceView(answer.credential!), signals: signalsView(rpId, answer) };
  }
}

/** The binding of an opened ticket; who sends a grant or a token means the session instead. */
function ticketOf(http: Exchange): string | undefined {
  if (http.header('Countersign-Grant') !== '' || http.authorization !== undefined) return undefined;
  return http.enrollmentBinding();
}
