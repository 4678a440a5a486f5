import type { Code } from '@countersign/kernel';
import { PLATFORM_TENANT } from '@countersign/kernel';
import type { SourceFields } from '@countersign/service-base';
import { recordNetwork } from '../domain/address.js';
import { RefusalAggregates, type Aggregate } from '../domain/refusal-aggregates.js';
import type { Exchange } from '../http/exchange.js';
import type { DailySalt } from './daily-salt.js';

/** How often the gateway's own refusals become events, seconds. */
export const AGGREGATE_SECONDS = 10;

/** The gateway's own refusals: counted as they happen, written as one event per tenant, code and network every ten seconds. */
export class RefusalRecord {
  private readonly aggregates = new RefusalAggregates();

  constructor(
    private readonly salt: DailySalt,
    private readonly record: (fields: SourceFields) => Promise<void>,
  ) {}

  refused(http: Exchange, code: Code): void {
    const tenant = http.tenant?.tenant ?? PLATFORM_TENANT;
    this.aggregates.add({ tenant, code, network: recordNetwork(http.origin.address) }, http.requestId);
  }

  /** Writes what was counted since the last time. What cannot be written is counted again with the next. */
  async flush(): Promise<void> {
    const aggregates = this.aggregates.drain();
    while (aggregates.length > 0) {
      try {
        await this.write(aggregates[0]!);
      } catch (error) {
        for (const aggregate of aggregates) this.aggregates.restore(aggregate);
        throw error;
      }
      aggregates.shift();
    }
  }

  private write({ tenant, code, network, count, sample }: Aggregate): Promise<void> {
    const facts = { count: String(count), seconds: String(AGGREGATE_SECONDS), network: this.networkFact(network) };
    return this.record({ type: 'refusals.aggregated', tenant, outcome: 'refused', code, request: sample, facts });
  }

  private networkFact(network: string): string {
    return network === 'many' ? network : this.salt.hash(`network ${network}`).slice(0, 16);
  }
}
