import { refuse } from '@countersign/kernel';
import { certifierOf, issuerNameOf, type IssuerShelf, type KeyInfo, type KeyStore } from '@countersign/keys';
import type { DisabledKeyStore } from '../ports.js';

/**
 * Keys that nobody is to believe any more. Key sets are cached, and cloud stores are slow to ask: what a command disabled
 * stands in a table besides, which each replica reads every second.
 */
export class DisabledKeys {
  private ids: ReadonlySet<string> = new Set();

  constructor(
    private readonly keys: KeyStore,
    private readonly shelf: Pick<IssuerShelf, 'list'>,
    private readonly store: DisabledKeyStore,
  ) {}

  /** This key, or the one that certified it. */
  has = (kid: string): boolean => this.ids.has(kid) || this.ids.has(certifierOf(kid) ?? '');

  /** What other replicas were told. */
  async look(): Promise<void> {
    this.ids = new Set(await this.store.all());
  }

  /**
   * Disables a key for good, and with it what it certified. One that signs gets its successor first, so that signing
   * never stops. An issuer key can be disabled on its own: the process that holds it makes another.
   * @returns id of the key that signs or certifies now
   * @throws `key_unknown`
   */
  async disable(id: string): Promise<string> {
    const name = issuerNameOf(id);
    if (name !== undefined) return this.disableIssuer(id, name);
    const key = (await this.keys.list()).find((known) => known.id === id);
    if (!key || key.use !== 'sign') throw refuse('key_unknown', {}, `no signing key ${id}`);
    const active = key.state === 'active' ? await this.succeed(key) : undefined;
    await this.keys.disable(id);
    await this.add(id);
    return active ?? (await this.activeOf(key.name));
  }

  private async disableIssuer(id: string, name: string): Promise<string> {
    if (!(await this.shelf.list(name)).some(({ jwk }) => jwk.kid === id))
      throw refuse('key_unknown', {}, `no issuer key ${id}`);
    await this.add(id);
    return this.activeOf(name);
  }

  private async add(id: string): Promise<void> {
    await this.store.add(id);
    await this.look();
  }

  private async succeed({ name }: KeyInfo): Promise<string> {
    return (await this.keys.activate((await this.keys.prepare(name)).id)).id;
  }

  private async activeOf(name: string): Promise<string> {
    return (await this.keys.list(name)).find(({ state }) => state === 'active')?.id ?? '';
  }
}
