import { SoftAuthenticator } from '@countersign/testing';
import { CountersignServer } from '@countersign/sdk-node';
import { randomSecret } from '@countersign/kernel';
import type { Customer } from './load.js';
import { Client } from './load.js';

export interface BenchTenant {
  nativeClientId: string;
  serverClientId: string;
  serverSecret: string;
}

export const ORIGIN = 'http://localhost:9';

/** Enrolls customers through the public API, each with one passkey whose counter stays zero. */
export async function enrollCustomers(
  url: string,
  port: number,
  tenant: BenchTenant,
  count: number,
): Promise<Customer[]> {
  const bank = new CountersignServer({
    baseUrl: url,
    clientId: tenant.serverClientId,
    clientSecret: tenant.serverSecret,
  });
  const client = new Client(port, tenant.nativeClientId, ORIGIN);
  const customers: Customer[] = [];
  for (let n = 0; n < count; n++) customers.push(await enroll(bank, client));
  client.close();
  return customers;
}

async function enroll(bank: CountersignServer, client: Client): Promise<Customer> {
  const userName = `bench-${randomSecret(8)}`;
  const { id } = await bank.createSubject({ reference: userName });
  const { ticket } = await bank.issueTicket(id);
  const opened = await client.post<{ enrollmentToken: string }>('/enrollment-tickets/open', { ticket });
  const binding = { 'countersign-enrollment': opened.body.enrollmentToken };
  const authenticator = new SoftAuthenticator();
  const options = await client.post<object>('/passkey/register/options', {}, binding);
  const credential = authenticator.register(options.body as never, { origin: ORIGIN });
  const enrolled = await client.post('/passkey/register/verify', { credential }, binding);
  if (enrolled.status !== 201) throw new Error(`a customer could not be enrolled (${enrolled.status})`);
  return { authenticator, userName };
}
