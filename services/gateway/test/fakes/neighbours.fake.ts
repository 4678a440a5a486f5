import { audit, common, enrollment, events, verification } from '@countersign/contracts';
import { canonicalJson, refuse, uuidv7 } from '@countersign/kernel';
import type { Handlers } from './serve.js';

const credential = (id = uuidv7()): common.Credential =>
  common.Credential.fromPartial({
    id,
    credentialId: 'a2V5',
    state: 'active',
    name: 'MacBook',
    platform: 'macos',
    createdAt: '2026-11-22T08:00:00.000Z',
    backupEligible: true,
    attestationFormat: 'none',
    attestationTrust: 'none',
  });

const PERSON = uuidv7();
const DEVICE = uuidv7();

const signals = {
  userHandle: 'aGFuZGxl',
  acceptedCredentialIds: ['a2V5'],
  userName: 'ada',
  displayName: 'Ada Example',
};

export const ERASURE = {
  id: uuidv7(),
  subject: '',
  state: 'running',
  requestedAt: '2026-11-22T08:00:00.000Z',
  completedAt: '',
  waitingFor: ['session'],
};

/** Enrollment in memory: subjects by reference, tickets that open once, bindings. */
export class FakeEnrollment {
  readonly subjects = new Map<string, string>();
  readonly bindings = new Set<string>();

  handlers(): Handlers<typeof enrollment.EnrollmentServiceService> {
    const granted = (grant: string, action: string): void => {
      if (grant === '') throw refuse('step_up_required', { action, maxAge: 60 });
      if (grant !== 'grant') throw refuse('grant_refused');
    };
    return {
      previewPolicy: () =>
        enrollment.PreviewPolicyResponse.fromPartial({
          basedOn: 3,
          devices: 2,
          affected: 1,
          findings: [{ requirement: 'attestation', devices: 1 }],
          affectedDevices: [
            {
              subject: PERSON,
              device: DEVICE,
              state: 'active',
              unmet: [{ application: 'app', requirements: ['attestation'] }],
            },
          ],
        }),
      listCondemnedDevices: () =>
        enrollment.ListCondemnedDevicesResponse.fromPartial({
          devices: [
            {
              device: DEVICE,
              subject: PERSON,
              aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96',
              model: 'Example Security Key',
              state: 'suspended',
              code: 'model_status_refused',
              detail: 'REVOKED',
              action: 'suspended',
              metadataNo: 142n,
              foundAt: '2026-11-22T08:00:41.000Z',
            },
          ],
        }),
      createSubject: ({ reference }) => {
        const known = this.subjects.get(reference);
        if (!known) this.subjects.set(reference, uuidv7());
        return { subject: this.subjects.get(reference)!, created: !known };
      },
      getSubject: ({ subject }) => {
        const found = [...this.subjects].find(([, id]) => id === subject);
        if (!found) throw refuse('not_found');
        const [reference] = found;
        return { subject, reference, displayName: '', createdAt: '2026-11-22T08:00:00.000Z', activeCredentials: 1 };
      },
      issueTicket: ({ withPin }) => ({
        ticket: 'ticket',
        pin: withPin ? '123456' : '',
        expiresAt: new Date(Date.now() + 600_000).toISOString(),
      }),
      eraseSubject: ({ subject }) => ({ erasure: { ...ERASURE, subject } }),
      getErasure: ({ erasure }) => {
        if (erasure !== ERASURE.id) throw refuse('not_found');
        return { erasure: { ...ERASURE, state: 'completed', completedAt: '2026-11-22T08:00:03.412Z', waitingFor: [] } };
      },
      exportSubject: ({ cursor }) => ({
        document: JSON.stringify(cursor ? { sessions: [], events: [] } : { person: {}, sessions: [{}], events: [] }),
        nextCursor: cursor ? '' : 'next',
      }),
      importCredentials: () => ({ outcomes: [] }),
      openTicket: ({ ticket }) => {
        if (ticket !== 'ticket') throw refuse('ticket_refused');
        const binding = uuidv7();
        this.bindings.add(binding);
        return { binding, expiresAt: new Date(Date.now() + 600_000).toISOString(), displayName: 'Ada' };
      },
      beginWithTicket: ({ binding }) => {
        if (!this.bindings.has(binding)) throw refuse('enrollment_binding_refused');
        return { options: '{"challenge":"Yw","rp":{"id":"localhost"}}' };
      },
      completeWithTicket: ({ binding }) => {
        if (!this.bindings.delete(binding)) throw refuse('enrollment_binding_refused');
        return { credential: credential(), ...signals };
      },
      beginWithGrant: ({ grant }) => {
        granted(grant, 'authenticator.add');
        return { options: '{"challenge":"Yw","rp":{"id":"localhost"}}' };
      },
      completeWithGrant: () => ({ credential: credential(), ...signals }),
      listCredentials: () => ({ credentials: [credential()], ...signals }),
      renameCredential: ({ id, name }) => ({ credential: { ...credential(id), name }, ...signals }),
      suspendCredential: ({ id }) => ({ credential: { ...credential(id), state: 'suspended' }, ...signals }),
      resumeCredential: ({ id, grant }) => {
        granted(grant, 'authenticator.resume');
        return { credential: credential(id), ...signals };
      },
      revokeCredential: ({ grant }) => {
        granted(grant, 'authenticator.remove');
        return signals;
      },
      openDetails: ({ details }) => ({ details: details.map(() => '{"address":"203.0.113.9","userAgent":"Agent"}') }),
    };
  }
}

/** Verification that believes the signature `good`. */
export class FakeVerification {
  readonly begun: verification.BeginAuthenticationRequest[] = [];
  readonly completed: verification.CompleteAuthenticationRequest[] = [];
  native = false;

  handlers(): Handlers<typeof verification.VerificationServiceService> {
    return {
      beginAuthentication: (request) => {
        this.begun.push(request);
        return { options: '{"challenge":"Yw","rpId":"localhost"}' };
      },
      completeAuthentication: (request) => {
        this.completed.push(request);
        const { response } = JSON.parse(request.credential) as { response: { signature: string } };
        if (response.signature !== 'good') throw refuse('authentication_failed');
        const tokens = this.native
          ? { accessToken: 'at', refreshToken: 'rt', tokenType: 'Bearer', expiresIn: 420 }
          : { cookie: 'c00kie', csrfToken: 'csrf' };
        return verification.CompleteAuthenticationResponse.fromPartial({
          subject: uuidv7(),
          session: uuidv7(),
          credential: uuidv7(),
          acr: 'phr',
          authTime: 1_795_334_700n,
          ...signals,
          ...tokens,
        });
      },
      beginStepUp: ({ action }) => {
        if (action?.name === 'unlisted') throw refuse('action_unknown');
        return { options: '{"challenge":"Yw","rpId":"localhost"}' };
      },
      completeStepUp: () => verification.CompleteStepUpResponse.fromPartial({ grant: 'grant', grantExpiresIn: 60 }),
      redeemGrant: ({ grant }) => {
        if (grant !== 'grant') throw refuse('grant_refused');
        return { subject: uuidv7(), session: uuidv7(), acr: 'phr', authTime: 1_795_334_700n, credential: uuidv7() };
      },
    };
  }
}

/** One event, with sealed details. */
export class FakeAudit {
  readonly searches: audit.SearchEventsRequest[] = [];

  handlers(): Handlers<typeof audit.AuditServiceService> {
    const leaf = events.Event.toJSON(
      events.Event.fromPartial({ v: 1, id: uuidv7(), type: 'session.established', outcome: 'success' }),
    );
    const details = common.SealedDetails.fromPartial({ commitment: 'c', keyId: 'k', sealed: Buffer.from('s') });
    const recorded = audit.RecordedEvent.fromPartial({ index: 3n, log: '2026h2', leaf: canonicalJson(leaf), details });
    const bare = { ...recorded, details: undefined };
    return {
      activity: () => ({ events: [bare, recorded], nextCursor: 'next' }),
      searchEvents: (request) => {
        this.searches.push(request);
        return { events: [recorded], nextCursor: '' };
      },
    };
  }
}
