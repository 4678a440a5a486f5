import { join } from 'node:path';
import { urlFor, withClient } from '@countersign/database';
import { randomSecret } from '@countersign/kernel';
import { ALL_WAITED_FOR, type Candidate } from '../candidate.js';
import { startServerProcess } from '../child.js';
import { freePort } from '../free-port.js';
import { Client } from '../load/client.js';
import type { BenchInstallation } from '../ours/installation.js';
import type { Run } from '../run.js';
import { enrollPeerCustomers, signInToPeer } from './customers.js';

const ROLE = 'bench_peer';

/** Starts the peer on the PostgreSQL of an installation of ours, in a database of its own, with as many customers. */
export async function startPeer(
  run: Run,
  { adminUrl, postgresPid }: BenchInstallation,
  folder: string,
  customers: number,
): Promise<Candidate> {
  const port = await freePort();
  const databaseUrl = await makeDatabase(adminUrl);
  const server = await startServerProcess(join(folder, 'server.mjs'), { databaseUrl, port });
  run.defer(() => server.stop());
  const client = new Client(port, '/api/auth', `http://localhost:${port}`);
  run.defer(() => Promise.resolve(client.close()));
  const authenticators = await enrollPeerCustomers(client, customers);
  return {
    adminUrl,
    postgresPid,
    serverPid: server.pid,
    statements: () => server.ask({ ask: 'statements' }),
    division: ALL_WAITED_FOR,
    signIn: (n) => signInToPeer(client, authenticators[n % authenticators.length]!),
    freeze: server.freeze,
    thaw: server.thaw,
  };
}

async function makeDatabase(adminUrl: string): Promise<string> {
  const password = randomSecret(24);
  await withClient(adminUrl, async (admin) => {
    await admin.query(`create role ${ROLE} login password '${password}'`);
    await admin.query(`create database ${ROLE} owner ${ROLE}`);
  });
  return urlFor(adminUrl, ROLE, { user: ROLE, password });
}
