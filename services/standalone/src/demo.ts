import { isRefusal } from '@countersign/kernel';
import type { Control } from './control.js';
import { keptSecret, type DataDir } from './data-dir.js';
import { newServerKey, publicJwks, type JsonWebKey } from './server-key.js';

/** What the demo bank needs to integrate: exactly what a real bank is told. */
export interface DemoBank {
  slug: string;
  clientIdWeb: string;
  serverClientId: string;
  /** Private JWK of the bank's server, for private_key_jwt. */
  serverKey: JsonWebKey & { kid: string };
}

const SLUG = 'demo-bank';
const SERVER_SCOPES = ['subjects:write', 'subjects:read', 'introspect', 'grants:redeem', 'audit:read'];

/** What the demo bank calls sensitive: see docs/integrators/quickstart.md. */
const POLICY = {
  actions: {
    'payee.add': { acr: 'phr', maxAge: 60 },
    'transfer.create': { acr: 'phr', maxAge: 60 },
  },
  // A laptop at its first start may be slow to judge; a bank in production leaves this strict.
  risk: { whenAbsent: { signIn: 'allow', stepUp: 'allow' } },
};

/** Creates the demo tenant, its two applications and its policy, unless they are there. */
export async function ensureDemoBank(control: Control, data: DataDir, origin: string): Promise<DemoBank> {
  await ensureTenant(control);
  const serverKey = keptSecret(data.file('demo', 'bank-server.jwk.json'), newServerKey);
  const { applications } = await control.tenant.listApplications({ tenant: SLUG }, control.call());
  const named = (name: string): string | undefined => applications.find((each) => each.name === name)?.clientId;
  const webName = `Demo bank, web (${origin})`;
  const serverName = 'Demo bank, server';
  return {
    slug: SLUG,
    clientIdWeb:
      named(webName) ?? (await createApplication(control, { name: webName, type: 'web', origins: [origin] })),
    serverClientId:
      named(serverName) ??
      (await createApplication(control, {
        name: serverName,
        type: 'server',
        scopes: SERVER_SCOPES,
        jwks: publicJwks(serverKey),
      })),
    serverKey,
  };
}

async function ensureTenant({ tenant, call }: Control): Promise<void> {
  try {
    await tenant.createTenant({ slug: SLUG, name: 'Demo bank', rpId: 'localhost' }, call());
  } catch (error) {
    if (isRefusal(error) && error.code === 'tenant_slug_taken') return;
    throw error;
  }
  const { version } = await tenant.getPolicy({ tenant: SLUG }, call());
  await tenant.putPolicy({ tenant: SLUG, document: JSON.stringify(POLICY), basedOn: version }, call());
}

async function createApplication(
  { tenant, call }: Control,
  wanted: { name: string; type: string; origins?: string[]; scopes?: string[]; jwks?: string },
): Promise<string> {
  const request = { tenant: SLUG, origins: [], relatedOrigins: [], scopes: [], jwks: '', withSecret: false, ...wanted };
  const { application } = await tenant.createApplication(request, call());
  return application!.clientId;
}
