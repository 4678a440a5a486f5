import type { enrollment } from '@countersign/contracts';
import { toBase64Url, uuidv7 } from '@countersign/kernel';
import { isOfTheKey } from '@countersign/keys';
import { ownCall, type RpcClient } from '@countersign/platform';
import type { DetailSealer } from './detail-sealer.js';

type Client = RpcClient<Pick<typeof enrollment.EnrollmentServiceService, 'tenantKeys'>>;

const WITHIN_MS = 5_000;
/** A commit may become visible a moment after a later one: the last minute is looked at again. */
const OVERLAP_MS = 60_000n;
/** Asked of the key store at a time. */
const AT_A_TIME = 8;

/** Follows the keys of all tenants, so that they are held before a sign-in needs them: with the key store away it goes on. */
export class TenantKeys {
  private seen = 0n;
  /** What could not be opened of a tenant: that is told once. */
  private readonly lost = new Map<string, string>();

  constructor(
    private readonly client: Client,
    private readonly sealer: Pick<DetailSealer, 'ready'>,
    /** Told of a key that cannot be opened; it is passed over, since one tenant's loss is no other's. */
    private readonly refused: (tenant: string, error: unknown) => void,
  ) {}

  /** One look. @throws what the call or the key store throws; then everything from there on is looked at again */
  async follow(): Promise<void> {
    const { keys } = await this.client.tenantKeys({ since: this.seen }, ownCall(uuidv7(), WITHIN_MS));
    for (let from = 0; from < keys.length; from += AT_A_TIME) {
      const some = keys.slice(from, from + AT_A_TIME);
      await Promise.all(some.map(({ tenant, wrapped }) => this.hold(tenant, wrapped)));
      const sure = some.at(-1)!.changedAt - OVERLAP_MS;
      if (sure > this.seen) this.seen = sure;
    }
  }

  private async hold(tenant: string, wrapped: Uint8Array): Promise<void> {
    const bytes = toBase64Url(wrapped);
    if (this.lost.get(tenant) === bytes) return;
    try {
      await this.sealer.ready(tenant, wrapped);
    } catch (error) {
      if (!isOfTheKey(error)) throw error;
      this.lost.set(tenant, bytes);
      this.refused(tenant, error);
    }
  }
}
