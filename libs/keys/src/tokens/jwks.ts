import { createPublicKey, type KeyObject } from 'node:crypto';
import { systemClock, type Clock } from '@countersign/kernel';
import type { PublicJwk } from '../store/key-store.js';
import type { SigningKeys } from './token-signer.js';

export interface Jwks {
  keys: PublicJwk[];
}

/** The JWKS of one name: next, active and retiring keys (RFC 7517 §5). Disabled ones are gone. */
export async function jwksOf(store: SigningKeys, name: string): Promise<Jwks> {
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

export interface JwksCacheOptions {
  /** Age at which the set is fetched again behind the caller's back, milliseconds; 10 s unless told. */
  maxAge?: number;
  /** Least time after a fetch that did not bring the kid it was made for, milliseconds; 1 s unless told. */
  minInterval?: number;
  clock?: Clock;
}

/**
 * Verification keys by `kid`, parsed once per fetch. A `kid` that is not known fetches the set again, however young it is: a key may
 * be used the moment it is made. Strangers with invented kids cause at most one fetch per `minInterval`. A set of twice `maxAge` is not used unasked: a key that was taken out of it is
 * refused by then. While the source is down, the last set stands.
 */
export class JwksCache {
  private keys = new Map<string, KeyObject>();
  private loaded = false;
  private fetchedAt = -Infinity;
  private fruitlessAt = -Infinity;
  private fetching: Promise<void> | undefined;
  private readonly maxAge: number;
  private readonly minInterval: number;
  private readonly clock: Clock;

  constructor(
    private readonly load: () => Promise<Jwks>,
    { maxAge = 10_000, minInterval = 1_000, clock = systemClock }: JwksCacheOptions = {},
  ) {
    this.maxAge = maxAge;
    this.minInterval = minInterval;
    this.clock = clock;
  }

  /** Rejects only when the set was never fetched. */
  key(kid: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    const now = this.clock.now().getTime();
    const age = now - this.fetchedAt;
    const known = this.keys.get(kid);
    if (known && age > 2 * this.maxAge)
      return this.fetch().then(
        () => this.keys.get(kid),
        () => known,
      );
    if (known && age > this.maxAge) this.fetch().catch(() => undefined);
    if (known || (this.loaded && now - this.fruitlessAt < this.minInterval)) return known;
    return this.fetchFor(kid);
  }

  private async fetchFor(kid: string): Promise<KeyObject | undefined> {
    try {
      await this.fetch();
    } catch (error) {
      if (!this.loaded) throw error;
    }
    const key = this.keys.get(kid);
    if (!key) this.fruitlessAt = this.clock.now().getTime();
    return key;
  }

  private fetch(): Promise<void> {
    this.fetching ??= this.replace().finally(() => {
      this.fetching = undefined;
      this.fetchedAt = this.clock.now().getTime();
    });
    return this.fetching;
  }

  private async replace(): Promise<void> {
    const { keys } = await this.load();
    const usable = keys.filter(isForVerifying);
    this.keys = new Map(usable.map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    this.loaded = true;
  }
}

/** A P-256 public key from its JWK; throws when the point is not on the curve. */
export const publicKeyOf = (jwk: Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'>): KeyObject =>
  createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: 'jwk' });
