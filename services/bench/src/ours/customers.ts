import { SoftAuthenticator } from '@countersign/testing';
import { CountersignServer } from '@countersign/sdk-node';
import { randomSecret } from '@countersign/kernel';
import type { Client } from '../load/client.js';
import type { BenchTenant } from './tenant.js';

/** One enrolled customer of the load. */
export interface Customer {
  authenticator: SoftAuthenticator;
  userName: string;
  clientId: string;
}

const clientHeader = (clientId: string): Record<string, string> => ({ 'countersign-client': clientId });

/**
 * Enrolls customers through the public API, spread evenly over the tenants, each with one passkey whose counter stays
 * zero.
 */
export async function enrollCustomers(
  baseUrl: string,
  client: Client,
  tenants: readonly BenchTenant[],
  count: number,
): Promise<Customer[]> {
  const customers: Customer[] = [];
  const banks = new Map<BenchTenant, CountersignServer>();
  for (let n = 0; n < count; n++) {
    const tenant = tenants[Math.floor((n * tenants.length) / count)]!;
    const { serverClientId: clientId, serverSecret: clientSecret } = tenant;
    const bank = banks.get(tenant) ?? new CountersignServer({ baseUrl, clientId, clientSecret });
    banks.set(tenant, bank);
    customers.push(await enroll(bank, client, tenant.nativeClientId));
  }
  return customers;
}

async function enroll(bank: CountersignServer, client: Client, clientId: string): Promise<Customer> {
  const userName = `bench-${randomSecret(8)}`;
  const { id } = await bank.createSubject({ reference: userName });
  const { ticket } = await bank.issueTicket(id);
  const named = clientHeader(clientId);
  const opened = await client.post<{ enrollmentToken: string }>('/enrollment-tickets/open', { ticket }, named);
  const bound = { ...named, 'countersign-enrollment': opened.body.enrollmentToken };
  const authenticator = new SoftAuthenticator({ algorithm: -7 });
  const options = await client.post<object>('/passkey/register/options', {}, bound);
  const credential = authenticator.register(options.body as never, { origin: client.origin });
  const enrolled = await client.post('/passkey/register/verify', { credential }, bound);
  if (enrolled.status !== 201) throw new Error(`a customer could not be enrolled (${enrolled.status})`);
  return { authenticator, userName, clientId };
}

/** One full sign-in with a user name: options, software authenticator, verify. @returns whether it succeeded */
export async function signIn(client: Client, { authenticator, userName, clientId }: Customer): Promise<boolean> {
  const headers = clientHeader(clientId);
  const options = await client.post<object>('/passkey/authenticate/options', { userName }, headers);
  if (options.status !== 200) return false;
  const credential = authenticator.authenticate(options.body as never, { origin: client.origin });
  return (await client.post('/passkey/authenticate/verify', { credential }, headers)).status === 200;
}
