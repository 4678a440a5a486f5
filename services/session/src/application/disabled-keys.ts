import { refuse } from '@countersign/kernel';
import type { KeyInfo, KeyStore } from '@countersign/keys';
import type { DisabledKeyStore } from '../ports.js';

/**
 * Keys that nobody is to believe any more. Key sets are cached, and cloud stores are slow to ask: what a command disabled
 * stands in a table besides, which each replica reads every second.
 */
export class DisabledKeys {
  private ids: ReadonlySet<string> = new Set();

  constructor(
    private readonly keys: KeyStore,
    private readonly store: DisabledKeyStore,
  ) {}

  has = (kid: string): boolean => this.ids.has(kid);

  /** What other replicas were told. */
  async look(): Promise<void> {
    this.ids = new Set(await this.store.all());
  }

  /**
   * Disables a key for good. One that signs gets its successor first, so that signing never stops.
   * @returns id of the key that signs now
   * @throws `key_unknown`
   */
  async disable(id: string): Promise<string> {
    const key = (await this.keys.list()).find((known) => known.id === id);
    if (!key || key.use !== 'sign') throw refuse('key_unknown', {}, `no signing key ${id}`);
    const active = key.state === 'active' ? await this.succeed(key) : undefined;
    await this.keys.disable(id);
    await this.store.add(id);
    await this.look();
    return active ?? (await this.activeOf(key.name));
  }

  private async succeed({ name }: KeyInfo): Promise<string> {
    return (await this.keys.activate((await this.keys.prepare(name)).id)).id;
  }

  private async activeOf(name: string): Promise<string> {
    return (await this.keys.list(name)).find(({ state }) => state === 'active')?.id ?? '';
  }
}
