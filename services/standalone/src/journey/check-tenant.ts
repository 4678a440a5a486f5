import { isRefusal } from '@countersign/kernel';
import { policyChanges, readPolicy } from '@countersign/policy';
import type { Control } from '../control.js';
import { newServerKey, publicJwks } from '../server-key.js';
import type { Traveller } from './journey.js';

/** Names that are nobody's: passkeys of this tenant are bound to a domain that cannot exist (RFC 2606). */
export const CHECK = {
  slug: 'countersign-check',
  name: 'Countersign, check of the installation',
  rpId: 'countersign-check.example',
  origin: 'https://countersign-check.example',
};

const SCOPES = ['subjects:write', 'subjects:read', 'introspect', 'grants:redeem', 'audit:read'];
const POLICY = JSON.stringify({ actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } });
const [WEB, SERVER] = ['Check, web', 'Check, server'];

type CheckBank = Pick<Traveller, 'origin' | 'clientIdWeb' | 'serverClientId' | 'serverKey'>;

/**
 * Makes the tenant of the check, or brings it up to date. Its server gets a key that only this run knows: nobody can be
 * this server before or afterwards.
 *
 * @throws a refusal of the control plane
 */
export async function prepareCheckTenant(control: Control): Promise<CheckBank> {
  await ensureTenant(control);
  const serverKey = newServerKey();
  const { applications } = await control.tenant.listApplications({ tenant: CHECK.slug }, control.call());
  const idOf = (name: string): string | undefined => applications.find((each) => each.name === name)?.clientId;
  const web = { name: WEB, type: 'web', origins: [CHECK.origin], scopes: [], jwks: '' };
  const server = { name: SERVER, type: 'server', origins: [], scopes: SCOPES, jwks: publicJwks(serverKey) };
  const clientIdWeb = await ensureApplication(control, web, idOf(WEB));
  const serverClientId = await ensureApplication(control, server, idOf(SERVER));
  await ensurePolicy(control);
  return { origin: CHECK.origin, clientIdWeb, serverClientId, serverKey };
}

async function ensureTenant({ tenant, call }: Control): Promise<void> {
  try {
    await tenant.createTenant({ slug: CHECK.slug, name: CHECK.name, rpId: CHECK.rpId }, call());
  } catch (error) {
    if (!isRefusal(error) || error.code !== 'tenant_slug_taken') throw error;
  }
}

interface Wanted {
  name: string;
  type: string;
  origins: string[];
  scopes: string[];
  jwks: string;
}

async function ensureApplication(
  { tenant: service, call }: Control,
  { type, ...wanted }: Wanted,
  clientId: string | undefined,
): Promise<string> {
  const request = { tenant: CHECK.slug, relatedOrigins: [], ...wanted };
  if (clientId === undefined) {
    const { application } = await service.createApplication({ ...request, type, withSecret: false }, call());
    return application!.clientId;
  }
  await service.updateApplication({ ...request, clientId }, call());
  return clientId;
}

async function ensurePolicy({ tenant: service, call }: Control): Promise<void> {
  const { version, document } = await service.getPolicy({ tenant: CHECK.slug }, call());
  if (policyChanges(readPolicy(document), readPolicy(POLICY)).length === 0) return;
  await service.putPolicy({ tenant: CHECK.slug, document: POLICY, basedOn: version }, call());
}
