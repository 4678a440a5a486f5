import type { Candidate } from '../candidate.js';
import { residentBytes } from '../cpu.js';
import { closedLoad } from '../load/load.js';
import { measureClosed, WARM_UP_SECONDS, type ClosedFigures, type LoadPlan, type Say } from '../measure.js';
import { enrollFleet, ours, type Fleet } from '../ours/candidate.js';
import { openBenchInstallation, type BenchInstallation, type OurServer } from '../ours/installation.js';
import { CUSTOMERS } from '../runs.js';
import type { Population } from '../flags.js';
import { medianOf, type CaseFigures } from './compare.js';
import { fillPeople } from './fill.js';

/** An installation of a certain size, with the server that is measured: started anew after it was filled. */
export class Case {
  readonly rounds: ClosedFigures[] = [];
  private readonly startBytes: number;

  private constructor(
    private readonly installation: BenchInstallation,
    private readonly fleet: Fleet,
    private readonly server: OurServer,
  ) {
    this.startBytes = residentBytes(server.pid);
  }

  /** Makes tenants through the control plane, enrolls a fleet spread over them, and fills up with people to the size wanted. */
  static async open({ tenants, credentials }: Population, say: Say): Promise<Case> {
    const installation = await openBenchInstallation();
    const first = await installation.startServer();
    say(`making ${tenants} tenants, enrolling ${CUSTOMERS} customers …`);
    const slugs = Array.from({ length: tenants }, (_, n) => `bench-${n}`);
    const fleet = await enrollFleet(installation, await first.createTenants(slugs), CUSTOMERS);
    await first.stop();
    const people = Math.max(0, credentials - CUSTOMERS);
    if (people > 0) say(`filling up with ${people} people …`);
    await fillPeople(installation.adminUrl, people, 'bench-%', say);
    return new Case(installation, fleet, await installation.startServer());
  }

  async warmUp({ parallel }: LoadPlan): Promise<void> {
    await closedLoad(this.candidate.signIn, parallel, WARM_UP_SECONDS);
  }

  async round(plan: LoadPlan): Promise<void> {
    this.rounds.push(await measureClosed(this.candidate, plan));
  }

  figures(): CaseFigures {
    const { startMs, startCpuMs, pid } = this.server;
    return { ...medianOf(this.rounds), startMs, startCpuMs, startBytes: this.startBytes, endBytes: residentBytes(pid) };
  }

  async close(): Promise<void> {
    this.fleet.close();
    await this.server.stop();
    await this.installation.stop();
  }

  private get candidate(): Candidate {
    return ours(this.installation, this.server, this.fleet);
  }
}
