import type { Control } from '@countersign/standalone';

export interface BenchTenant {
  nativeClientId: string;
  serverClientId: string;
  serverSecret: string;
}

/** Where the load says it runs. Nothing listens there. */
export const ORIGIN = 'http://localhost:9';

/** Limits out of the way: the load comes from one address. */
const POLICY = { limits: { perAddressPerMinute: 1_000_000, perUserPerMinute: 10_000, perTenantPerSecond: 1_000_000 } };

/** A tenant for the load, with a native application and a server. @param slug its name, new */
export async function createBenchTenant({ tenant, call }: Control, slug: string): Promise<BenchTenant> {
  await tenant.createTenant({ slug, name: 'Bench', rpId: 'localhost' }, call());
  const { version } = await tenant.getPolicy({ tenant: slug }, call());
  await tenant.putPolicy({ tenant: slug, document: JSON.stringify(POLICY), basedOn: version }, call());
  const common = { tenant: slug, jwks: '', withSecret: false, scopes: [], origins: [], relatedOrigins: [] };
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
