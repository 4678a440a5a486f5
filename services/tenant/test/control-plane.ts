import { uuidv7 } from '@countersign/kernel';
import { TenantHouse, type Control } from './house.js';

export const WEB = {
  type: 'web',
  name: 'Banking',
  origins: ['https://bank.example'],
  scopes: [],
  jwks: '',
  withSecret: false,
  relatedOrigins: [],
};

/** The control plane on two replicas, and what its changes leave behind. */
export class ControlPlane {
  private constructor(
    readonly house: TenantHouse,
    readonly control: Control,
    readonly other: Control,
    private readonly watching: Control,
  ) {}

  static async open(): Promise<ControlPlane> {
    const house = await TenantHouse.open();
    const { control, watching } = await house.replica();
    const { control: other } = await house.replica();
    return new ControlPlane(house, control, other, watching);
  }

  call = () => this.house.installation.call();

  /** Slug of a new tenant. */
  async newTenant(): Promise<string> {
    const slug = `bank-${uuidv7().slice(-12)}`;
    await this.control.createTenant({ slug, name: 'A bank', rpId: 'bank.example' }, this.call());
    return slug;
  }

  /** The snapshot in force of the tenant with this slug. */
  async newest(slug: string): ReturnType<TenantHouse['read']> {
    const { snapshots } = await this.watching.watch({ after: 0n, limit: 500, waitMs: 0 }, this.call());
    const read = await Promise.all(snapshots.map(({ jws }) => this.house.read(jws)));
    return read.find(({ snapshot }) => snapshot.slug === slug)!;
  }

  /** Events of the tenant with this id, oldest first. */
  eventsOf = async (tenant: string) =>
    (await this.house.installation.events('tenant')).filter((event) => event.tenant === tenant);
}
