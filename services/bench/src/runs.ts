import { es256VerifyMs } from './es256.js';
import type { Peer } from './flags.js';
import { measure, withOpenLoad } from './measure.js';
import { enrollFleet, ours } from './ours/candidate.js';
import { openBenchInstallation, type BenchInstallation } from './ours/installation.js';
import type { Candidate } from './candidate.js';
import { installPeer } from './peer/install.js';
import { startPeer } from './peer/start-peer.js';
import { besidePeer, reportText } from './report.js';
import type { Outcome, Run } from './run.js';
import { measureInTurns, medianRound, whileOtherStands } from './turns.js';

/** Customers who take turns, of each candidate. */
export const CUSTOMERS = 400;

/** Us alone, one tenant. */
export async function runAlone(run: Run): Promise<Outcome> {
  const figures = await measure(run, await startOurs(run, await open(run)));
  return { document: figures, text: reportText(figures), errors: figures.errors };
}

/** Us and the peer in turns, on the same PostgreSQL. */
export async function runBeside(run: Run, name: Peer): Promise<Outcome> {
  run.say(`installing ${name} unless it is there …`);
  const folder = await installPeer(name);
  const installation = await open(run);
  const mine = await startOurs(run, installation);
  run.say(`starting the peer, enrolling ${CUSTOMERS} customers …`);
  const peer = await startPeer(run, installation, folder, CUSTOMERS);
  const verifyBefore = es256VerifyMs();
  const [closed, peersClosed] = medianRound(await measureInTurns(run, mine, peer));
  const verifyMs = (verifyBefore + es256VerifyMs()) / 2;
  const figures = await whileOtherStands(peer, mine, run.plan, () => withOpenLoad(run, mine, closed, verifyMs));
  const peers = await whileOtherStands(mine, peer, run.plan, () => withOpenLoad(run, peer, peersClosed, verifyMs));
  const report = besidePeer(figures, peers);
  return { document: report, text: reportText(report, name), errors: figures.errors + peers.errors };
}

function open(run: Run): Promise<BenchInstallation> {
  run.say('starting the server on one core, PostgreSQL and the load on the other …');
  return openBenchInstallation(run);
}

/** A server of ours with enrolled customers. */
export async function startOurs(run: Run, installation: BenchInstallation): Promise<Candidate> {
  const server = await installation.startServer();
  run.say(`enrolling ${CUSTOMERS} customers …`);
  const fleet = await enrollFleet(run, installation, await server.createTenants(['bench']), CUSTOMERS);
  return ours(installation, server, fleet);
}
