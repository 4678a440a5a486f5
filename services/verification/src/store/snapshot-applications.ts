import { assuranceFor, type Policy, type TenantSnapshot } from '@countersign/policy';
import type { SnapshotStore } from '@countersign/service-base';
import type { Application, Applications, CeremonyPolicy } from '../ports.js';

/** Applications and policies out of the signed snapshots; a look-up in memory. */
export class SnapshotApplications implements Applications {
  constructor(private readonly snapshots: Pick<SnapshotStore, 'byClient' | 'byTenant'>) {}

  byClient(clientId: string): Application {
    const { snapshot, application } = this.snapshots.byClient(clientId);
    const { type, origins } = application;
    return {
      tenant: snapshot.tenant,
      clientId,
      type,
      origins,
      rpId: snapshot.rpId,
      policy: policyIn(snapshot, clientId),
    };
  }

  policyOf(tenant: string, clientId: string): CeremonyPolicy | undefined {
    const snapshot = this.snapshots.byTenant(tenant);
    const own = snapshot.applications.some((application) => application.clientId === clientId);
    return own ? policyIn(snapshot, clientId) : undefined;
  }
}

const policyIn = ({ policy, policyVersion }: TenantSnapshot, application: string): CeremonyPolicy => ({
  version: policyVersion,
  assurance: assuranceFor(policy, { application }),
  counter: policy.counter,
  whenRiskAbsent: policy.risk.whenAbsent,
  bindsTokens: policy.dpop.native === 'required',
  actions: policy.actions satisfies Policy['actions'],
});
