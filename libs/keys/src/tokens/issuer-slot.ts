import type { HeldKey } from './certify.js';

/** An issuer key in this process, and from when on it is the one to sign with, Unix milliseconds. */
export interface SlotKey extends HeldKey {
  signsFrom: number;
}

/** How long a process keeps issuer keys ready for a name that it does not need, milliseconds. */
export const IDLE_MS = 24 * 3_600_000;
/** Of the life of a key: when the next is made, between these two by chance, so that a thousand names do not come at once. */
const RENEWED_FROM = 0.4;
const RENEWED_BY = 0.5;
/** Of the life: how long the next one is published before it signs. */
const PUBLISHED_AHEAD = 0.1;
/** After a failure; up to twice as long. */
const RETRY_MS = 5_000;

/** The issuer keys of one name in this process: the one that signs and, for a while, the one that follows it. */
export class IssuerSlot {
  private keys: SlotKey[] = [];
  /** Unix milliseconds. */
  usedAt: number;
  /** The last attempt to make a key, where that was in vain. */
  failed: { at: number; error: unknown } | undefined;
  /** Between 0 and 1. */
  private readonly chance = Math.random();

  constructor(
    readonly name: string,
    private readonly life: number,
    usedAt: number,
    private readonly isDisabled: (kid: string) => boolean,
  ) {
    this.usedAt = usedAt;
  }

  /** The newest whose time to sign has come; failing that the newest. */
  signing(now: number): SlotKey | undefined {
    const good = this.good(now);
    return good.findLast(({ signsFrom }) => signsFrom <= now) ?? good.at(-1);
  }

  /** Nobody has tried to make a key yet. */
  isNew = (): boolean => this.keys.length === 0 && !this.failed;

  /** @returns those that will not sign again, which can be forgotten */
  add(held: HeldKey, now: number): SlotKey[] {
    const isFirst = this.signing(now) === undefined;
    const signsFrom = now + (isFirst ? 0 : this.life * PUBLISHED_AHEAD);
    const over = this.keys.filter((key) => !this.isGood(key, now));
    this.keys = [...this.good(now), { ...held, signsFrom }];
    return over;
  }

  /** Milliseconds until nothing of this name can be signed without the store. */
  left(now: number): number {
    return Math.max(0, ...this.good(now).map(({ key }) => key.notAfter.getTime() - now));
  }

  isIdle = (now: number): boolean => now - this.usedAt > IDLE_MS;

  isDue(now: number): boolean {
    if (this.isIdle(now) || (this.failed && now < this.failed.at + RETRY_MS * (1 + this.chance))) return false;
    const newest = this.good(now).at(-1);
    const after = this.life * (RENEWED_FROM + (RENEWED_BY - RENEWED_FROM) * this.chance);
    return !newest || newest.key.createdAt.getTime() + after <= now;
  }

  all = (): readonly SlotKey[] => this.keys;

  private good = (now: number): SlotKey[] => this.keys.filter((key) => this.isGood(key, now));

  private isGood = ({ key }: HeldKey, now: number): boolean =>
    key.notAfter.getTime() > now && !this.isDisabled(key.jwk.kid) && !this.isDisabled(key.certifiedBy);
}
