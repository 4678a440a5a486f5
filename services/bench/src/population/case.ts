import type { Candidate } from '../candidate.js';
import { residentBytes } from '../cpu.js';
import type { Population } from '../flags.js';
import { enrollFleet, ours } from '../ours/candidate.js';
import { openBenchInstallation } from '../ours/installation.js';
import { CUSTOMERS } from '../runs.js';
import type { Run } from '../run.js';
import { fillPeople } from './fill.js';

/** What it takes to start a server and to keep it running. */
export interface Footprint {
  /** From the start of the process until every service is ready, milliseconds. */
  startMs: number;
  startCpuMs: number;
  /** Memory of the server before the first sign-in, bytes. */
  startBytes: number;
}

/**
 * An installation of a certain size: tenants are made through the control plane, a fleet spread over them is enrolled, and
 * people nobody signs in as fill it up. The server that is measured is started after all that.
 */
export async function openCase(
  run: Run,
  { tenants, credentials }: Population,
): Promise<{ candidate: Candidate; footprint: Footprint }> {
  const installation = await openBenchInstallation(run);
  const first = await installation.startServer();
  run.say(`making ${tenants} tenants, enrolling ${CUSTOMERS} customers …`);
  const slugs = Array.from({ length: tenants }, (_, n) => `bench-${n}`);
  const fleet = await enrollFleet(run, installation, await first.createTenants(slugs), CUSTOMERS);
  await first.stop();
  const people = Math.max(0, credentials - CUSTOMERS);
  if (people > 0) run.say(`filling up with ${people} people …`);
  await fillPeople(installation.adminUrl, people, 'bench-%', run.say);
  const server = await installation.startServer();
  const { startMs, startCpuMs, pid } = server;
  return {
    candidate: ours(installation, server, fleet),
    footprint: { startMs, startCpuMs, startBytes: residentBytes(pid) },
  };
}
