import type { Candidate } from '../candidate.js';
import { Client } from '../load/client.js';
import type { SignIn } from '../load/load.js';
import type { Run } from '../run.js';
import { enrollCustomers, signIn } from './customers.js';
import type { BenchInstallation, OurServer } from './installation.js';
import { divisionOfOurs } from './statements.js';
import { ORIGIN, type BenchTenant } from './tenant.js';

/** How customers of ours sign in, whichever server process runs by then. */
export type Fleet = SignIn;

/** Enrolls `count` customers over the tenants. The server must be running. */
export async function enrollFleet(
  run: Run,
  { url, port }: BenchInstallation,
  tenants: readonly BenchTenant[],
  count: number,
): Promise<Fleet> {
  const client = new Client(port, '/v1', ORIGIN);
  run.defer(() => Promise.resolve(client.close()));
  const customers = await enrollCustomers(url, client, tenants, count);
  return (n) => signIn(client, customers[n % customers.length]!);
}

export const ours = ({ adminUrl, postgresPid }: BenchInstallation, server: OurServer, fleet: Fleet): Candidate => ({
  adminUrl,
  postgresPid,
  serverPid: server.pid,
  statements: () => server.statements(),
  division: divisionOfOurs,
  signIn: fleet,
  freeze: server.freeze,
  thaw: server.thaw,
});
