import type { Candidate } from '../candidate.js';
import { Client } from '../load/client.js';
import { enrollCustomers, signIn } from './customers.js';
import type { BenchInstallation, OurServer } from './installation.js';
import { divisionOfOurs } from './statements.js';
import { ORIGIN, type BenchTenant } from './tenant.js';

/** Customers of ours with the way they sign in, whichever server process runs by then. */
export interface Fleet {
  signIn(n: number): Promise<boolean>;
  close(): void;
}

/** Enrolls `count` customers over the tenants. The server must be running. */
export async function enrollFleet(
  { url, port }: BenchInstallation,
  tenants: readonly BenchTenant[],
  count: number,
): Promise<Fleet> {
  const client = new Client(port, '/v1', ORIGIN);
  const customers = await enrollCustomers(url, client, tenants, count);
  return { signIn: (n) => signIn(client, customers[n % customers.length]!), close: () => client.close() };
}

export const ours = ({ adminUrl, postgresPid }: BenchInstallation, server: OurServer, fleet: Fleet): Candidate => ({
  adminUrl,
  postgresPid,
  serverPid: server.pid,
  statements: () => server.statements(),
  division: divisionOfOurs,
  signIn: (n) => fleet.signIn(n),
});
