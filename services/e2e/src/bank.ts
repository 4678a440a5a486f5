import { CountersignServer } from '@countersign/sdk-node';
import { Browser } from '@countersign/standalone';
import { randomSecret } from '@countersign/kernel';
import { AdminDatabase } from './admin-database.js';
import type { HostProcess } from './host-process.js';
import { metricsOf, valuesOf } from './metrics.js';

export const SCOPES = [
  'subjects:write',
  'subjects:read',
  'subjects:erase',
  'subjects:export',
  'introspect',
  'grants:redeem',
  'audit:read',
  'admin',
];
export const ORIGIN = 'https://bank.example';

/** Limits far away, so that tests of other things do not meet them. */
export const NO_LIMITS = {
  perAddressPerMinute: 1_000_000,
  perUserPerMinute: 10_000,
  perTenantPerSecond: 1_000_000,
  devicesPerPerson: 1_000,
};
export const ACTIONS = { 'payee.add': { acr: 'phr', maxAge: 60 }, 'transfer.create': { acr: 'phr', maxAge: 5 } };

/** A tenant as its engineers know it: client ids, a server, customers. */
export interface Bank {
  slug: string;
  tenant: string;
  web: string;
  native: string;
  server: { clientId: string; secret: string };
  sdk: CountersignServer;
}

/** A busy machine may be slow to judge; what the absence of risk means has tests of its own. */
const PATIENT = { whenAbsent: { signIn: 'allow', stepUp: 'allow' } };

/** Creates a tenant with a web, a native and a server application. */
export async function createBank(host: HostProcess, policy: Record<string, unknown> = {}): Promise<Bank> {
  const slug = `bank-${randomSecret(6)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, 'x')}`;
  const { tenant } = await host.control<{ tenant: { id: string } }>('tenant', 'createTenant', {
    slug,
    name: slug,
    rpId: 'bank.example',
  });
  const document = JSON.stringify({ limits: NO_LIMITS, actions: ACTIONS, risk: PATIENT, ...policy });
  await host.control('tenant', 'putPolicy', { tenant: slug, document, basedOn: 1 });
  const create = (application: object): Promise<{ application: { clientId: string }; clientSecret: string }> =>
    host.control('tenant', 'createApplication', {
      tenant: slug,
      jwks: '',
      withSecret: false,
      relatedOrigins: [],
      scopes: [],
      origins: [],
      ...application,
    });
  const web = await create({ name: 'web', type: 'web', origins: [ORIGIN] });
  const native = await create({ name: 'native', type: 'native', origins: [ORIGIN] });
  const server = await create({ name: 'server', type: 'server', scopes: SCOPES, withSecret: true });
  const credentials = { clientId: server.application.clientId, secret: server.clientSecret };
  const sdk = new CountersignServer({
    baseUrl: host.urls[0]!,
    clientId: credentials.clientId,
    clientSecret: credentials.secret,
  });
  await untilHeld(host);
  return {
    slug,
    tenant: tenant.id,
    web: web.application.clientId,
    native: native.application.clientId,
    server: credentials,
    sdk,
  };
}

/** Waits until every process holds what the control plane has said so far. */
export async function untilHeld(host: HostProcess): Promise<void> {
  const database = new AdminDatabase(host);
  const newest = await database.count('select max(sequence) as n from tenant.signed_snapshot');
  await database.close();
  const behind = async (): Promise<boolean> =>
    (await metricsOf(host)).some((text) => valuesOf(text, 'countersign_snapshot_sequence').some((n) => n < newest));
  for (const end = Date.now() + 30_000; await behind(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error('a process does not follow the control plane');
  }
}

/** A customer with a browser that holds an enrolled passkey. */
export interface Customer {
  subject: string;
  userName: string;
  browser: Browser;
}

/** Creates a person at a bank and enrolls a passkey of software through a ticket; `device` is its id. */
export async function createCustomer(
  host: HostProcess,
  bank: Bank,
  { client = bank.web } = {},
): Promise<Customer & { device: string }> {
  const userName = `customer-${randomSecret(8)}`;
  const { id } = await bank.sdk.createSubject({ reference: userName, displayName: 'A Customer' });
  const browser = new Browser(host.urls[0]!, client, ORIGIN);
  const { ticket } = await bank.sdk.issueTicket(id);
  await browser.openTicket(ticket);
  const { device } = (await browser.register('test device')) as { device: { id: string } };
  return { subject: id, userName, browser, device: device.id };
}
