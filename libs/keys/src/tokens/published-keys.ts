import type { KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '@countersign/kernel';
import type { KeyInfo, KeyStore, PublicJwk } from '../store/key-store.js';
import { checkIssuerCertificate } from './issuer-certificate.js';
import { certifierOf, type IssuerKey, type IssuerShelf } from './issuer-key.js';
import { jwksOf, publicKeyOf, type Jwks } from './jwks.js';

/** How much is believed without asking the store. */
export interface PublishedKeysOptions {
  /** How old what is known of the store's own keys may be, milliseconds; 0 unless told: the store is asked each time. */
  storeAge?: number;
  /** Whether a key id was disabled by command, as every replica knows within a second. */
  isDisabled?: (kid: string) => boolean;
  clock?: Clock;
}

interface Stored {
  at: number;
  infos: readonly KeyInfo[];
  jwks: Jwks;
  keys: ReadonlyMap<string, KeyObject>;
}

/** How long a verifier may wait for a store that does not answer, milliseconds, where something older will do. */
const PATIENCE_MS = 1_000;

/**
 * The key set of a name: the store's own keys and the issuer keys of all replicas. An issuer key is only in it while a key
 * of the store vouches for it, so who can write to the shelf gains nothing.
 */
export class PublishedKeys {
  private readonly stored = new Map<string, Stored>();
  private readonly asking = new Map<string, Promise<Stored>>();
  /** Certificates found good, with what they certify, by name, and until when, Unix milliseconds; each is checked once. */
  private readonly checked = new Map<string, ReadonlyMap<string, number>>();
  private readonly disabledInStore = new Set<string>();
  private readonly storeAge: number;
  private readonly isDisabled: (kid: string) => boolean;
  private readonly clock: Clock;

  constructor(
    private readonly store: Pick<KeyStore, 'list' | 'publicKey'>,
    private readonly shelf: Pick<IssuerShelf, 'list'>,
    { storeAge = 0, isDisabled = () => false, clock = systemClock }: PublishedKeysOptions = {},
  ) {
    this.storeAge = storeAge;
    this.isDisabled = isDisabled;
    this.clock = clock;
  }

  /**
   * @param kid one that was looked for in vain
   * @throws what the store throws when nothing was ever known of the name
   */
  async jwks(name: string, kid?: string): Promise<Jwks> {
    const shelved = (await this.shelf.list(name)).filter((key) => !this.isOut(key));
    const known = await this.known(name, shelved, kid);
    const issuers = await this.good(name, shelved, known);
    return { keys: [...known.jwks.keys.filter((own) => !this.isDisabled(own.kid)), ...issuers] };
  }

  /** Whether the store itself said so when it was last asked. */
  isDisabledInStore = (kid: string): boolean => this.disabledInStore.has(kid);

  /** Asks the store now. */
  private refresh(name: string): Promise<Stored> {
    const running = this.asking.get(name);
    if (running) return running;
    const asked = this.ask(name).finally(() => this.asking.delete(name));
    this.asking.set(name, asked);
    return asked;
  }

  private async ask(name: string): Promise<Stored> {
    const at = this.clock.now().getTime();
    const infos = await this.store.list(name);
    const jwks = await jwksOf({ list: async () => infos, publicKey: (id) => this.store.publicKey(id) }, name);
    const keys = new Map(jwks.keys.map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    const stored = { at, infos, jwks, keys };
    this.stored.set(name, stored);
    for (const { id, state } of infos) if (state === 'disabled') this.disabledInStore.add(id);
    return stored;
  }

  /** What is new to this process is asked for; else what is known stands, and is renewed behind the caller's back. */
  private async known(name: string, shelved: readonly IssuerKey[], kid: string | undefined): Promise<Stored> {
    const stored = this.stored.get(name);
    if (!stored || this.storeAge === 0) return this.refresh(name);
    const has = (id: string): boolean => stored.infos.some((info) => info.id === id);
    const lacks =
      shelved.some(({ certifiedBy }) => !has(certifiedBy)) || (kid !== undefined && !certifierOf(kid) && !has(kid));
    if (!lacks && this.clock.now().getTime() - stored.at < this.storeAge) return stored;
    const asked = this.refresh(name).catch(() => stored);
    return lacks ? Promise.race([asked, sleep(PATIENCE_MS, stored, { ref: false })]) : stored;
  }

  private isOut = ({ jwk, certifiedBy }: IssuerKey): boolean =>
    this.isDisabled(jwk.kid) || this.isDisabled(certifiedBy);

  private async good(name: string, shelved: readonly IssuerKey[], { keys }: Stored): Promise<PublicJwk[]> {
    const before = this.checked.get(name);
    const found: PublicJwk[] = [];
    const seen = new Map<string, number>();
    for (const { jwk, certifiedBy } of shelved) {
      const what = `${certifiedBy} ${jwk.kid} ${jwk.x} ${jwk.y} ${jwk.certificate ?? ''}`;
      if (!keys.has(certifiedBy)) continue;
      const until = before?.get(what) ?? (await this.certifiedUntil(jwk, name, keys));
      // By the certificate: what the shelf says of its end, somebody may have changed.
      if (until <= this.clock.now().getTime()) continue;
      seen.set(what, until);
      found.push(jwk);
    }
    this.checked.set(name, seen);
    return found;
  }

  private certifiedUntil(jwk: PublicJwk, name: string, keys: ReadonlyMap<string, KeyObject>): Promise<number> {
    const vouching = (kid: string): KeyObject | undefined => (kid === certifierOf(jwk.kid) ? keys.get(kid) : undefined);
    return checkIssuerCertificate(jwk, name, vouching, this.clock.now()).then(
      (until) => until.getTime(),
      () => -Infinity,
    );
  }
}
