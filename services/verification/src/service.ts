import { challenge, enrollment, risk, session, verification } from '@countersign/contracts';
import { systemClock, unixSeconds } from '@countersign/kernel';
import { baseSettings, describeService } from '@countersign/platform';
import { keySettings, openKeys, openServiceBase } from '@countersign/service-base';
import { z } from 'zod';
import { Records } from './events/records.js';
import { DetailSealer } from './events/detail-sealer.js';
import { TenantKeys } from './events/tenant-keys.js';
import { ChallengeClient } from './grpc/challenge-client.js';
import { EnrollmentClient } from './grpc/enrollment-client.js';
import { RiskClient } from './grpc/risk-client.js';
import { SessionClient } from './grpc/session-client.js';
import type { Ports } from './ports.js';
import { GrantReader } from './store/grant-reader.js';
import { GrantStore } from './store/grant-store.js';
import { SnapshotApplications } from './store/snapshot-applications.js';
import { verificationModule } from './verification.module.js';
import { WebAuthnProofs } from './webauthn/proofs.js';

const MAINTAIN_EVERY_MS = 5 * 60_000;
const FOLLOW_KEYS_EVERY_MS = 5_000;

const settings = baseSettings.extend({
  ...keySettings,
  riskDeadlineMs: z.coerce
    .number()
    .int()
    .min(10)
    .max(2_000)
    .default(100)
    .describe(
      'milliseconds that risk has to answer; after them it is absent, and the tenant’s policy says what that means',
    ),
});

export const service = describeService({
  name: 'verification',
  settings,
  definitions: [verification.VerificationServiceService],
  module: async (runtime) => {
    const base = await openServiceBase(runtime);
    const sealer = new DetailSealer(await openKeys(runtime.settings, base.database));
    const store = new GrantStore(base);
    await base.every(MAINTAIN_EVERY_MS, () => store.maintain());
    const unopened = (tenant: string, error: unknown): void =>
      runtime.log.error('tenant_keys.not_opened', { service: 'verification', tenant, error });
    const tenantKeys = new TenantKeys(runtime.client(enrollment.EnrollmentServiceService), sealer, unopened);
    const follow = (): Promise<void> =>
      tenantKeys.follow().catch((error: unknown) => {
        // Enrollment or the key store may start later; a sign-in that comes before asks by itself.
        runtime.log.warn('tenant_keys.not_followed', { service: 'verification', error });
      });
    await base.every(FOLLOW_KEYS_EVERY_MS, follow);
    const reader = new GrantReader(runtime);
    const ports: Ports = {
      applications: new SnapshotApplications(base.snapshots),
      challenges: new ChallengeClient(runtime.client(challenge.ChallengeServiceService)),
      credentials: new EnrollmentClient(runtime.client(enrollment.EnrollmentServiceService)),
      proofs: new WebAuthnProofs(),
      risk: new RiskClient(runtime.client(risk.RiskServiceService), runtime.settings.riskDeadlineMs, runtime.log),
      sessions: new SessionClient(runtime.client(session.SessionServiceService), sealer),
      records: new Records(base, sealer),
      grants: {
        read: (jws, tenant) => reader.read(jws, tenant),
        spend: (spending, cause) => store.spend(spending, cause),
      },
      now: () => unixSeconds(systemClock.now()),
    };
    return verificationModule(ports, runtime.metrics);
  },
});
