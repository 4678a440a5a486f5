import type { CallerName, ServiceName } from '@countersign/contracts';
import { InProcessNetwork, type Channel } from '@countersign/platform';

/** The network of a second replica: the service is itself, everyone else is who they are on the first, the control plane too. */
export class ReplicaNetwork extends InProcessNetwork {
  constructor(
    private readonly first: InProcessNetwork,
    private readonly own: ServiceName,
  ) {
    super();
  }

  override channel(from: CallerName, to: ServiceName): Channel {
    return to === this.own ? super.channel(from, to) : this.first.channel(from, to);
  }
}
