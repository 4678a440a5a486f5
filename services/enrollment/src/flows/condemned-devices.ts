import { isUuid, refuse } from '@countersign/kernel';
import type { Parts } from '../parts.js';
import type { Finding } from '../store/judgement-store.js';

/** One page of a tenant's condemned devices. */
export interface CondemnedPage {
  devices: (Finding & { name: string })[];
  /** Empty on the last page. */
  nextCursor: string;
}

/** The devices of a tenant whose model metadata or its policy condemns. */
export class CondemnedDevices {
  constructor(private readonly parts: Pick<Parts, 'judgements' | 'models'>) {}

  /** @param limit 1 to 200 @throws `cursor_invalid` */
  async list(tenant: string, cursor: string, limit: number): Promise<CondemnedPage> {
    if (cursor !== '' && !isUuid(cursor)) throw refuse('cursor_invalid');
    const size = Math.min(Math.max(limit, 1), 200);
    const found = await this.parts.judgements.findings(tenant, cursor || undefined, size);
    const devices = found.map((finding) => ({ ...finding, name: this.parts.models.nameOf(finding.model) }));
    return { devices, nextCursor: found.length < size ? '' : found.at(-1)!.id };
  }
}
