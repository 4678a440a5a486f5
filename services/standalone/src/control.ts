import { audit, enrollment, session, tenant, type ServiceName } from '@countersign/contracts';
import { ownCall, rpcClient, type CallMeta, type Network, type RpcClient } from '@countersign/platform';
import { uuidv7 } from '@countersign/kernel';

/** The control plane as the command line reaches it: under the caller name `cli`. */
export interface Control {
  tenant: RpcClient<typeof tenant.TenantServiceService>;
  enrollment: RpcClient<typeof enrollment.EnrollmentServiceService>;
  session: RpcClient<typeof session.SessionServiceService>;
  audit: RpcClient<typeof audit.AuditServiceService>;
  /** A call of ten seconds. */
  call(): CallMeta;
}

export const controlOver = (network: Network): Control => ({
  tenant: rpcClient(tenant.TenantServiceService, network.channel('cli', 'tenant' satisfies ServiceName)),
  enrollment: rpcClient(
    enrollment.EnrollmentServiceService,
    network.channel('cli', 'enrollment' satisfies ServiceName),
  ),
  session: rpcClient(session.SessionServiceService, network.channel('cli', 'session' satisfies ServiceName)),
  audit: rpcClient(audit.AuditServiceService, network.channel('cli', 'audit' satisfies ServiceName)),
  call: () => ownCall(uuidv7(), 10_000),
});
