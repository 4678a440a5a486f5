import type { EventType } from '@countersign/contracts';
import { PLATFORM_TENANT, isRefusal } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { ServiceBase } from '@countersign/service-base';
import type { Directory } from '../store/directory.js';

/** Faults of ours are no refusals: they stand in the log of the process. */
const FAULTS = new Set(['internal', 'unavailable', 'deadline']);

/** Writes down every change that was refused, in the log of the tenant it was meant for, or else of the platform. */
export class RefusalRecord {
  constructor(
    private readonly base: Pick<ServiceBase, 'record'>,
    private readonly directory: Directory,
  ) {}

  /** Runs a change; a refusal is recorded under the type the change would have had, then thrown on. */
  async of<T>(type: EventType, slug: string, call: Call, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      if (isRefusal(error) && !FAULTS.has(error.kind)) await this.record(type, slug, call.requestId, error.code);
      throw error;
    }
  }

  private async record(type: EventType, slug: string, request: string, code: string): Promise<void> {
    const known = await this.directory.bySlug(slug).catch(() => undefined);
    await this.base.record({ type, tenant: known?.tenant ?? PLATFORM_TENANT, outcome: 'refused', code, request });
  }
}
