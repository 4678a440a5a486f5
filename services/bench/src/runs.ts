import type { Peer } from './flags.js';
import { measure, type LoadPlan, type Say } from './measure.js';
import type { Figures } from './figures.js';
import { enrollFleet, ours } from './ours/candidate.js';
import { openBenchInstallation, type BenchInstallation } from './ours/installation.js';
import { installPeer } from './peer/install.js';
import { startPeer } from './peer/start-peer.js';
import { besidePeer, reportText } from './report.js';

/** Customers who take turns, of each candidate. */
export const CUSTOMERS = 400;

/** What one run of the benchmark has to say. */
export interface Outcome {
  /** For `--json`. */
  document: object;
  text: string;
  /** Sign-ins that failed. */
  errors: number;
}

/** Us alone, one tenant. */
export async function runAlone(plan: LoadPlan, say: Say): Promise<Outcome> {
  const installation = await open(say);
  try {
    const figures = await measureOurs(installation, plan, say);
    return { document: figures, text: reportText(figures), errors: figures.errors };
  } finally {
    await installation.stop();
  }
}

/** Us, then the peer, on the same PostgreSQL; while one is measured the other does not run. */
export async function runBeside(plan: LoadPlan, peer: Peer, say: Say): Promise<Outcome> {
  say(`installing ${peer} unless it is there …`);
  const folder = await installPeer(peer);
  const installation = await open(say);
  try {
    const figures = await measureOurs(installation, plan, say);
    const report = besidePeer(figures, await measurePeer(installation, folder, plan, say));
    return { document: report, text: reportText(report, peer), errors: figures.errors + report.peer!.errors };
  } finally {
    await installation.stop();
  }
}

function open(say: Say): Promise<BenchInstallation> {
  say('starting the server on one core, PostgreSQL and the load on the other …');
  return openBenchInstallation();
}

async function measureOurs(installation: BenchInstallation, plan: LoadPlan, say: Say): Promise<Figures> {
  const server = await installation.startServer();
  say(`enrolling ${CUSTOMERS} customers …`);
  const fleet = await enrollFleet(installation, await server.createTenants(['bench']), CUSTOMERS);
  const figures = await measure(ours(installation, server, fleet), plan, say);
  fleet.close();
  await server.stop();
  return figures;
}

async function measurePeer(
  installation: BenchInstallation,
  folder: string,
  plan: LoadPlan,
  say: Say,
): Promise<Figures> {
  say(`starting the peer, enrolling ${CUSTOMERS} customers …`);
  const peer = await startPeer(installation, folder, CUSTOMERS);
  // What the other side left to be written must not be counted here.
  await installation.checkpoint();
  const figures = await measure(peer, plan, say);
  await peer.stop();
  return figures;
}
