import type { Database } from '@countersign/database';
import type { CredentialTraits } from '@countersign/kernel';
import type { Kind } from '../domain/policy-preview.js';

/** A device as a preview lists it. */
export interface ListedDevice {
  subject: string;
  id: string;
  state: string;
  /** Key of its kind. */
  kind: string;
}

/** Where a page ends: the device last listed. */
export type DevicePosition = Pick<ListedDevice, 'subject' | 'id'>;

const KINDS = { name: 'preview_kinds', text: 'select * from preview_kinds($1, $2)' };
const DEVICES = { name: 'preview_devices', text: 'select * from preview_devices($1, $2, $3, $4, $5, $6)' };
const START = '00000000-0000-0000-0000-000000000000';

/** A tenant's devices by what policy can ask of them. Memory is bounded by the number of kinds and of devices a page. */
export class PolicyDevices {
  constructor(private readonly database: Database) {}

  /** @param aaguids models that a policy names; all others are one */
  async kinds(tenant: string, aaguids: readonly string[]): Promise<Kind[]> {
    const { rows } = await this.database.query<{ traits: string; devices: bigint }>(KINDS, [tenant, aaguids]);
    return rows.map(({ traits, devices }) => ({
      key: traits,
      traits: JSON.parse(traits) as CredentialTraits,
      devices: Number(devices),
    }));
  }

  /** Devices of some kinds after a position, in the order of their owners. */
  async page(
    tenant: string,
    sought: { aaguids: readonly string[]; kinds: readonly string[]; limit: number; after?: DevicePosition },
  ): Promise<ListedDevice[]> {
    const { aaguids, kinds, limit, after = { subject: START, id: START } } = sought;
    const values = [tenant, aaguids, kinds, after.subject, after.id, limit];
    const { rows } = await this.database.query<Omit<ListedDevice, 'kind'> & { traits: string }>(DEVICES, values);
    return rows.map(({ traits, ...device }) => ({ ...device, kind: traits }));
  }
}
