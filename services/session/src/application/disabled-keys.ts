import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal, refuse } from '@countersign/kernel';
import { certifierOf, issuerNameOf, keyNameOf, type IssuerShelf, type KeyStore } from '@countersign/keys';
import { CALLER_KEY, tenantOfKey } from '../domain/key-names.js';
import type { DisabledKeyStore } from '../ports.js';
import { tryEach } from '../try-each.js';

/** How long a key store that does not answer holds up the refusal of a key, milliseconds. */
const PATIENCE_MS = 2_000;
/** How much longer it holds up the answer to the command, whose patience ends at ten seconds. */
const ANSWER_MS = 6_000;

/** What came of disabling a key: from then on nobody believes it, whatever the key store said. */
export interface Disabling {
  /** Id of the key that signs or certifies now; '' when the key store did not say. */
  active: string;
  /** Code of the failure for which the key store could not be told. */
  storeFailure?: string;
}

/**
 * Keys that nobody is to believe any more. Key sets are cached, and cloud stores are slow to ask: what a command disabled
 * stands in a table besides, which each replica reads every second.
 */
export class DisabledKeys {
  private ids: ReadonlySet<string> = new Set();
  /** Of these, those that the key store knows to be disabled: it is asked for them no more. */
  private readonly told = new Set<string>();

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
   * never stops; but a key store that does not answer keeps nobody from refusing the key: that comes first then, and
   * `tellStore` does the rest. An issuer key can be disabled on its own: the process that holds it makes another.
   * @throws `key_unknown`, and what the table throws: then nothing is refused
   */
  async disable(id: string): Promise<Disabling> {
    const issuer = issuerNameOf(id);
    if (issuer !== undefined) return this.disableIssuer(id, issuer);
    const name = tokenKeyNameIn(id);
    if (name === undefined) throw unknown(id);
    const replaced = this.replace(id, name);
    await Promise.race([replaced, sleep(PATIENCE_MS, undefined, { ref: false })]).catch(unlessUnknown);
    await this.add(id);
    try {
      return { active: await Promise.race([this.disableInStore(id, replaced), late()]) };
    } catch (error) {
      return { active: '', storeFailure: isRefusal(error) ? error.code : 'internal' };
    }
  }

  /** Tells the key store what it was not told while it was away, of each key. @throws the first of what it throws */
  async tellStore(): Promise<void> {
    await tryEach(
      [...this.ids].filter((id) => !this.told.has(id)),
      (id) => this.tell(id),
    );
  }

  private async tell(id: string): Promise<void> {
    const name = tokenKeyNameIn(id);
    const key = name === undefined ? undefined : (await this.keys.list(name)).find((known) => known.id === id);
    if (name === undefined || key?.state === 'disabled') this.told.add(id);
    else if (key) await this.disableInStore(id, this.replace(id, name));
  }

  private async disableIssuer(id: string, name: string): Promise<Disabling> {
    if (!(await this.shelf.list(name)).some(({ jwk }) => jwk.kid === id)) throw unknown(id);
    await this.add(id);
    return { active: await this.activeOf(name).catch(() => '') };
  }

  private async add(id: string): Promise<void> {
    await this.store.add(id);
    await this.look();
  }

  /** Puts a successor in the place of a key that is in use. @returns id of the key that is in use then */
  private async replace(id: string, name: string): Promise<string> {
    const key = (await this.keys.list(name)).find((known) => known.id === id);
    if (!key) throw unknown(id);
    if (key.state !== 'active') return this.activeOf(name);
    return (await this.keys.activate((await this.keys.prepare(name)).id)).id;
  }

  private async disableInStore(id: string, replaced: Promise<string>): Promise<string> {
    const active = await replaced;
    await this.keys.disable(id);
    this.told.add(id);
    return active;
  }

  private async activeOf(name: string): Promise<string> {
    return (await this.keys.list(name)).find(({ state }) => state === 'active')?.id ?? '';
  }
}

/** The name in the id of a key that signs tokens, `<driver>:<name>/<version>`; undefined for any other id. */
function tokenKeyNameIn(id: string): string | undefined {
  const name = keyNameOf(id.slice(0, id.indexOf(':')), id);
  return name === CALLER_KEY || tenantOfKey(name ?? '') !== undefined ? name : undefined;
}

const unknown = (id: string) => refuse('key_unknown', {}, `no key of tokens ${id}`);

function unlessUnknown(error: unknown): void {
  if (isRefusal(error) && error.code === 'key_unknown') throw error;
}

async function late(): Promise<never> {
  await sleep(ANSWER_MS, undefined, { ref: false });
  throw refuse('key_store_unavailable', {}, 'the key store did not answer in time');
}
