import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { refuse, sha256, systemClock, toBase64Url, unixSeconds, utf8, type Clock } from '@countersign/kernel';
import type { KeyInfo, KeyStore, PublicJwk } from '../store/key-store.js';
import { activeOf } from '../store/lifecycle.js';
import { ISSUER_CERTIFICATE, certificateClaims } from './issuer-certificate.js';
import { TokenSigner, type SigningKeys } from './token-signer.js';

/** An issuer key as all replicas publish it. */
export interface IssuerKey {
  jwk: PublicJwk;
  /** Name in the key store, e.g. `token/<tenant>`. */
  name: string;
  /** Key id of the store's key that certified it; when that is disabled, so is this. */
  certifiedBy: string;
  createdAt: Date;
  /** From then on it signs nothing. */
  notAfter: Date;
}

/** Where replicas tell each other of their issuer keys: public halves and certificates only. */
export interface IssuerShelf {
  put(key: IssuerKey): Promise<void>;
  /** Those of a name that may still have signed something that is good. */
  list(name: string): Promise<IssuerKey[]>;
}

export interface DelegationOptions {
  /** How long an issuer key signs, milliseconds; an hour unless told. It is replaced after half of it. */
  life?: number;
  clock?: Clock;
}

interface Held {
  key: IssuerKey;
  privateKey: KeyObject;
}

const HOUR = 3_600_000;

/**
 * Signing by delegation: the key store certifies a key that lives in this process and for an hour, and that one signs. So
 * a sign-in asks nothing of a store whose quota ends near a thousand signatures a second, and goes on while it is away:
 * for as long as the issuer key lives, half an hour at least. Certificates travel in the JWKS (`certificate`).
 */
export class DelegatedKeys implements SigningKeys {
  private readonly held = new Map<string, Held>();
  private readonly making = new Map<string, Promise<Held>>();
  private readonly life: number;
  private readonly clock: Clock;

  constructor(
    private readonly store: KeyStore,
    private readonly shelf: IssuerShelf,
    { life = HOUR, clock = systemClock }: DelegationOptions = {},
  ) {
    this.life = life;
    this.clock = clock;
  }

  /** @throws `key_unknown` for a key that this process does not hold, `key_disabled` once its time is over */
  async sign(keyId: string, data: Uint8Array): Promise<Uint8Array> {
    const held = [...this.held.values()].find(({ key }) => key.jwk.kid === keyId);
    if (!held) throw refuse('key_unknown', {}, `no issuer key ${keyId} here`);
    if (held.key.notAfter <= this.clock.now()) throw refuse('key_disabled', {}, `${keyId} has expired`);
    return sign('sha256', data, { key: held.privateKey, dsaEncoding: 'ieee-p1363' });
  }

  /** The issuer keys of all replicas, this one's active, and the store's own, which certify them. */
  async list(name: string): Promise<KeyInfo[]> {
    const stored = await this.stored(name);
    const mine = await this.current(name, stored);
    const shelved = (await this.shelf.list(name)).filter(({ certifiedBy }) => isGood(stored, certifiedBy));
    const issuers = shelved.map((key) => infoOf(key, key.jwk.kid === mine.key.jwk.kid));
    const own = stored?.map((key): KeyInfo => (key.state === 'active' ? { ...key, state: 'retiring' } : key)) ?? [];
    return [...own, ...issuers];
  }

  async publicKey(keyId: string): Promise<PublicJwk> {
    const name = nameOf(keyId);
    if (name === undefined) return this.store.publicKey(keyId);
    const found = (await this.shelf.list(name)).find(({ jwk }) => jwk.kid === keyId);
    if (!found) throw refuse('key_unknown', {}, `no issuer key ${keyId}`);
    return found.jwk;
  }

  /** Undefined while the store is away: what was certified before stands until it ends by itself. */
  private async stored(name: string): Promise<KeyInfo[] | undefined> {
    try {
      return await this.store.list(name);
    } catch (error) {
      if (this.held.has(name)) return undefined;
      throw error;
    }
  }

  /** The issuer key that signs now. One half its life old is replaced, if the store answers. */
  private async current(name: string, stored: KeyInfo[] | undefined): Promise<Held> {
    const held = this.held.get(name);
    const left = held ? held.key.notAfter.getTime() - this.clock.now().getTime() : 0;
    const good = held && left > 0 && isGood(stored, held.key.certifiedBy);
    if (good && (left > this.life / 2 || !stored)) return held;
    try {
      return await this.renewed(name);
    } catch (error) {
      if (good) return held;
      throw error;
    }
  }

  private renewed(name: string): Promise<Held> {
    const running = this.making.get(name);
    if (running) return running;
    const made = this.make(name).finally(() => this.making.delete(name));
    this.making.set(name, made);
    return made;
  }

  private async make(name: string): Promise<Held> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    const certifier = activeOf(await this.store.list(name), name).id;
    const kid = `${certifier}${DELEGATED}${toBase64Url(sha256(utf8(`${x}.${y}`)).subarray(0, 9))}`;
    const bare: PublicJwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
    const [createdAt, notAfter] = [this.clock.now(), new Date(this.clock.now().getTime() + this.life)];
    const times = { iat: unixSeconds(createdAt), exp: unixSeconds(notAfter) };
    const signer = new TokenSigner(this.store, name, { clock: this.clock });
    const certificate = await signer.sign(ISSUER_CERTIFICATE, certificateClaims(name, bare, times));
    const key: IssuerKey = {
      jwk: { ...bare, certificate },
      name,
      certifiedBy: await signer.kid(),
      createdAt,
      notAfter,
    };
    await this.shelf.put(key);
    const held = { key, privateKey };
    this.held.set(name, held);
    return held;
  }
}

/** Between the id of the key that certified and the name of what it certified. */
const DELEGATED = '/by~';
const KID = /^[a-z0-9-]+:(.+)\/[1-9]\d*\/by~[A-Za-z0-9_-]{12}$/;

const nameOf = (keyId: string): string | undefined => KID.exec(keyId)?.[1];

/** What a key certified counts as long as the key itself does. */
const isGood = (stored: readonly KeyInfo[] | undefined, certifiedBy: string): boolean =>
  stored === undefined || stored.some(({ id, state }) => id === certifiedBy && state !== 'disabled');

const infoOf = ({ jwk, name, createdAt }: IssuerKey, active: boolean): KeyInfo => ({
  id: jwk.kid,
  name,
  version: 1,
  use: 'sign',
  state: active ? 'active' : 'retiring',
  createdAt,
  activatedAt: createdAt,
});

/** For one process, and for tests. */
export class MemoryShelf implements IssuerShelf {
  private readonly kept: IssuerKey[] = [];

  async put(key: IssuerKey): Promise<void> {
    this.kept.push(key);
  }

  async list(name: string): Promise<IssuerKey[]> {
    return this.kept.filter((key) => key.name === name);
  }
}
