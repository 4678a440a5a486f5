import type { Control } from '@countersign/standalone';
import { ORIGIN, type BenchTenant } from './customers.js';

/** Limits out of the way: the load comes from one address. */
const POLICY = { limits: { perAddressPerMinute: 1_000_000, perUserPerMinute: 10_000, perTenantPerSecond: 1_000_000 } };

/** A tenant for the load, with a native application and a server. */
export async function createBenchTenant({ tenant, call }: Control): Promise<BenchTenant> {
  await tenant.createTenant({ slug: 'bench', name: 'Bench', rpId: 'localhost' }, call());
  const { version } = await tenant.getPolicy({ tenant: 'bench' }, call());
  await tenant.putPolicy({ tenant: 'bench', document: JSON.stringify(POLICY), basedOn: version }, call());
  const common = { tenant: 'bench', jwks: '', withSecret: false, scopes: [], origins: [] };
  const native = await tenant.createApplication(
    { ...common, name: 'native', type: 'native', origins: [ORIGIN] },
    call(),
  );
  const server = await tenant.createApplication(
    { ...common, name: 'server', type: 'server', scopes: ['subjects:write'], withSecret: true },
    call(),
  );
  return {
    nativeClientId: native.application!.clientId,
    serverClientId: server.application!.clientId,
    serverSecret: server.clientSecret,
  };
}
