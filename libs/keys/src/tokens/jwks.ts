import { createPublicKey, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '@countersign/kernel';
import type { KeyInfo, KeyStore, PublicJwk } from '../store/key-store.js';

/** A key set (RFC 7517 §5) of P-256 keys for verifying. */
export interface Jwks {
  keys: PublicJwk[];
}

/** The JWKS of one name: next, active and retiring keys (RFC 7517 §5). Disabled ones are gone. */
export async function jwksOf(
  store: Pick<KeyStore, 'publicKey'> & { list(name: string): Promise<KeyInfo[]> },
  name: string,
): Promise<Jwks> {
  const published = (await store.list(name)).filter((key) => key.use === 'sign' && key.state !== 'disabled');
  return { keys: await Promise.all(published.map((key) => store.publicKey(key.id))) };
}

/** P-256, and not said to be for another algorithm, for encryption, or for anything but verifying (RFC 7517 §4.2-4.4). */
function isForVerifying(jwk: PublicJwk): boolean {
  const {
    kty,
    crv,
    alg = 'ES256',
    use = 'sig',
    key_ops: operations = ['verify'],
  }: Readonly<Record<string, unknown>> = { ...jwk };
  const verifies = Array.isArray(operations) && operations.includes('verify');
  return kty === 'EC' && crv === 'P-256' && alg === 'ES256' && use === 'sig' && verifies;
}

/** How young a cached set has to be. */
export interface JwksCacheOptions {
  /** Age at which the set is fetched again behind the caller's back, milliseconds; 10 s unless told. */
  maxAge?: number;
  /** Least time after a fetch that did not bring the kid it was made for, milliseconds; 1 s unless told. */
  minInterval?: number;
  clock?: Clock;
}

/**
 * Verification keys by `kid`, parsed once per fetch. A `kid` that is not known fetches the set again, however young it is: a key may
 * be used the moment it is made. Strangers with invented kids cause at most one fetch per `minInterval`; who comes in between waits for
 * the next one, so that they cannot have a good key refused. A set of twice `maxAge` is not used unasked: a key that was
 * taken out of it is refused by then. While the source is down, the last set stands.
 */
export class JwksCache {
  private keys = new Map<string, KeyObject>();
  private loaded = false;
  private fetchedAt = -Infinity;
  private fruitlessAt = -Infinity;
  private fetching: Promise<void> | undefined;
  /** How many fetches there were. */
  private begun = 0;
  private readonly maxAge: number;
  private readonly minInterval: number;
  private readonly clock: Clock;

  /** @param load fetches the set; it is told the `kid` that was looked for in vain, where that is why */
  constructor(
    private readonly load: (kid?: string) => Promise<Jwks>,
    { maxAge = 10_000, minInterval = 1_000, clock = systemClock }: JwksCacheOptions = {},
  ) {
    this.maxAge = maxAge;
    this.minInterval = minInterval;
    this.clock = clock;
  }

  /** Rejects only when the set was never fetched. */
  key(kid: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    const age = this.now() - this.fetchedAt;
    const known = this.keys.get(kid);
    if (!known) return this.fetchFor(kid);
    if (age > 2 * this.maxAge)
      return this.fetch().then(
        () => this.keys.get(kid),
        () => known,
      );
    if (age > this.maxAge) this.fetch().catch(() => undefined);
    return known;
  }

  private async fetchFor(kid: string): Promise<KeyObject | undefined> {
    const before = this.begun;
    // One that is under way may have been answered before the key was made.
    if (this.fetching) await this.fetching.catch(() => undefined);
    const wait = this.keys.has(kid) || !this.loaded ? 0 : this.fruitlessAt + this.minInterval - this.now();
    if (wait > 0) await sleep(wait);
    try {
      if (!this.keys.has(kid) && (this.fetching || this.begun === before)) await this.fetch(kid);
    } catch (error) {
      if (!this.loaded) throw error;
    }
    const key = this.keys.get(kid);
    if (!key) this.fruitlessAt = this.fetchedAt;
    return key;
  }

  private now = (): number => this.clock.now().getTime();

  private fetch(kid?: string): Promise<void> {
    if (this.fetching) return this.fetching;
    this.begun += 1;
    this.fetching = this.replace(kid).finally(() => {
      this.fetching = undefined;
      this.fetchedAt = this.now();
    });
    return this.fetching;
  }

  private async replace(kid?: string): Promise<void> {
    const { keys } = await this.load(kid);
    const usable = keys.filter(isForVerifying);
    this.keys = new Map(usable.map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    this.loaded = true;
  }
}

/** A P-256 public key from its JWK; throws when the point is not on the curve. */
export const publicKeyOf = (jwk: Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'>): KeyObject =>
  createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: 'jwk' });
