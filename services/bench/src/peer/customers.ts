import { randomSecret } from '@countersign/kernel';
import { SoftAuthenticator } from '@countersign/testing';
import { cookieHeader, type Client } from '../load/client.js';

/** Enrolls customers as the peer's documentation has it: an account by mail and password, then a passkey in its session. */
export async function enrollPeerCustomers(client: Client, count: number): Promise<SoftAuthenticator[]> {
  const authenticators: SoftAuthenticator[] = [];
  for (let n = 0; n < count; n++) authenticators.push(await enroll(client));
  return authenticators;
}

async function enroll(client: Client): Promise<SoftAuthenticator> {
  const name = `bench-${randomSecret(8)}`;
  const account = { email: `${name}@bank.example`.toLowerCase(), password: randomSecret(16), name };
  const session = cookieHeader((await client.post('/sign-up/email', account)).cookies);
  const options = await client.get<object>('/passkey/generate-register-options', { cookie: session });
  // What it offers first is EdDSA; customers of both sides sign with ES256.
  const authenticator = new SoftAuthenticator({ algorithm: -7 });
  const response = authenticator.register(options.body as never, { origin: client.origin });
  const cookie = `${session}; ${cookieHeader(options.cookies)}`;
  const enrolled = await client.post('/passkey/verify-registration', { response }, { cookie });
  if (enrolled.status !== 200) throw new Error(`a customer of the peer could not be enrolled (${enrolled.status})`);
  return authenticator;
}

/** One full sign-in: options, software authenticator, verify. @returns whether a session was opened */
export async function signInToPeer(client: Client, authenticator: SoftAuthenticator): Promise<boolean> {
  const options = await client.get<object>('/passkey/generate-authenticate-options');
  if (options.status !== 200) return false;
  const response = authenticator.authenticate(options.body as never, { origin: client.origin });
  const cookie = cookieHeader(options.cookies);
  const verified = await client.post<{ session?: object }>('/passkey/verify-authentication', { response }, { cookie });
  return verified.status === 200 && verified.body.session !== undefined;
}
