import { sign } from 'node:crypto';
import { refuse, systemClock, type Clock } from '@countersign/kernel';
import type { KeyStore } from '../store/key-store.js';
import { certifiedKey } from './certify.js';
import type { IssuerShelf } from './issuer-key.js';
import { IDLE_MS, IssuerSlot, type SlotKey } from './issuer-slot.js';
import { within } from './within.js';

/** How long issuer keys sign, and which of them no more. */
export interface DelegationOptions {
  /** How long an issuer key signs, milliseconds; an hour unless told. It is replaced before half of it is over. */
  life?: number;
  /** Whether a key id was disabled by command: it, and what it certified, signs no more. */
  isDisabled?: (kid: string) => boolean;
  clock?: Clock;
}

/** What a turn of the background work came to. */
export interface RenewalTurn {
  /** Issuer keys made. */
  made: number;
  /** Of all names in use: milliseconds until the first cannot be signed for without the store; undefined without names. */
  left: number | undefined;
  /** Names whose renewal fails and that have less than two fifths of a key's life left. */
  late: number;
  /** Names whose last attempt was in vain, and why the latest was. */
  failing: number;
  failure?: unknown;
  /** Of these the name with the least time left. */
  first?: string;
}

const HOUR = 3_600_000;
const FOLLOW_EVERY_MS = 5_000;
/** Most that are made in one turn, and how many at a time: a thousand names must not storm the store. */
const PER_TURN = 20;
const AT_A_TIME = 4;
/** A request waits no longer than this for the first issuer key of a name; the next asks again a second after a failure. */
const PATIENCE_MS = 3_000;
const REST_MS = 1_000;
/** Renewal begins with half of the life left; less than this, and it has failed for a while. */
const LATE = 0.4;

/**
 * Signing by delegation: the key store certifies a key that lives in this process and for an hour, and that one signs. So
 * a sign-in asks nothing of a store whose quota ends near a thousand signatures a second, and goes on while it is away:
 * for half an hour at least. `renew`, called each second, makes keys before they are needed, also for names that other
 * replicas sign with; only the first token of a name that nobody used for long waits for the store.
 */
export class DelegatedKeys {
  private readonly slots = new Map<string, IssuerSlot>();
  private readonly byKid = new Map<string, SlotKey>();
  private readonly making = new Map<string, Promise<SlotKey>>();
  private followedAt = -Infinity;
  private readonly life: number;
  private readonly isDisabled: (kid: string) => boolean;
  private readonly clock: Clock;

  constructor(
    private readonly store: KeyStore,
    private readonly shelf: IssuerShelf,
    { life = HOUR, isDisabled = () => false, clock = systemClock }: DelegationOptions = {},
  ) {
    this.life = life;
    this.isDisabled = isDisabled;
    this.clock = clock;
  }

  /**
   * Id of the issuer key that signs now.
   * @throws `key_store_unavailable` and what else the store throws, for a name without a usable issuer key
   */
  current(name: string): string | Promise<string> {
    const now = this.clock.now().getTime();
    const slot = this.slotOf(name, now);
    slot.usedAt = now;
    const signing = slot.signing(now);
    return signing ? signing.key.jwk.kid : this.first(slot, now);
  }

  /** @throws `key_unknown` for a key that this process does not hold, `key_disabled` once its time is over */
  async sign(keyId: string, data: Uint8Array): Promise<Uint8Array> {
    const held = this.byKid.get(keyId);
    if (!held) throw refuse('key_unknown', {}, `no issuer key ${keyId} here`);
    const { certifiedBy, notAfter } = held.key;
    if (notAfter <= this.clock.now()) throw refuse('key_disabled', {}, `${keyId} has expired`);
    if (this.isDisabled(certifiedBy) || this.isDisabled(keyId)) throw refuse('key_disabled', {}, keyId);
    return sign('sha256', data, { key: held.privateKey, dsaEncoding: 'ieee-p1363' });
  }

  /**
   * Makes what is due, those that end first before the others; names for which the last attempt failed come after all, so that
   * some that the store refuses hold up no other. Never rejects for the store's sake.
   */
  async renew(): Promise<RenewalTurn> {
    const now = this.clock.now().getTime();
    if (now - this.followedAt >= FOLLOW_EVERY_MS) await this.followOthers(now);
    this.forgetIdle(now);
    const due = [...this.slots.values()].filter((slot) => slot.isDue(now));
    due.sort((a, b) => Number(!!a.failed) - Number(!!b.failed) || a.left(now) - b.left(now));
    const made = await this.makeAll(due.slice(0, PER_TURN));
    return { made, ...this.standing() };
  }

  private standing(): Omit<RenewalTurn, 'made'> {
    const now = this.clock.now().getTime();
    const used = [...this.slots.values()].filter((slot) => !slot.isIdle(now) && !slot.isNew());
    const left = used.length > 0 ? Math.min(...used.map((slot) => slot.left(now))) : undefined;
    const failing = used.filter(({ failed }) => failed !== undefined);
    const late = failing.filter((slot) => slot.left(now) < this.life * LATE);
    const [latest] = failing.map(({ failed }) => failed!).sort((a, b) => b.at - a.at);
    const first = failing.sort((a, b) => a.left(now) - b.left(now))[0]?.name;
    const counts = { left, late: late.length, failing: failing.length };
    return latest && first ? { ...counts, failure: latest.error, first } : counts;
  }

  /** A replica that has not met a name yet is ready for it when others sign with it. */
  private async followOthers(now: number): Promise<void> {
    this.followedAt = now;
    for (const { name, usedAt } of await this.shelf.inUse()) {
      if (now - usedAt.getTime() > IDLE_MS) continue;
      // Nobody has needed it later than now, whatever the shelf says.
      const at = Math.min(usedAt.getTime(), now);
      const slot = this.slotOf(name, at);
      slot.usedAt = Math.max(slot.usedAt, at);
    }
  }

  private forgetIdle(now: number): void {
    for (const [name, slot] of this.slots) {
      if (!slot.isIdle(now) || slot.left(now) > 0) continue;
      for (const { key } of slot.all()) this.byKid.delete(key.jwk.kid);
      this.slots.delete(name);
    }
  }

  /** Stops at the first that the store does not answer for: it is asked again in some seconds, and not by all at once. */
  private async makeAll(due: IssuerSlot[]): Promise<number> {
    let made = 0;
    for (let from = 0; from === made && from < due.length; from += AT_A_TIME) {
      const outcomes = await Promise.allSettled(due.slice(from, from + AT_A_TIME).map((slot) => this.made(slot)));
      made += outcomes.filter(({ status }) => status === 'fulfilled').length;
    }
    return made;
  }

  /** For a request, which waits for seconds at most and is refused at once where the store has just been asked in vain. */
  private async first(slot: IssuerSlot, now: number): Promise<string> {
    const { failed } = slot;
    if (failed && now - failed.at < REST_MS) throw failed.error;
    const late = () => refuse('key_store_unavailable', {}, `no certificate for ${slot.name} in time`);
    return (await within(PATIENCE_MS, this.made(slot), late)).key.jwk.kid;
  }

  private made(slot: IssuerSlot): Promise<SlotKey> {
    const running = this.making.get(slot.name);
    if (running) return running;
    const made = this.make(slot).finally(() => this.making.delete(slot.name));
    this.making.set(slot.name, made);
    return made;
  }

  private async make(slot: IssuerSlot): Promise<SlotKey> {
    try {
      const held = await certifiedKey(this.store, slot.name, this.life, this.clock.now());
      await this.shelf.put(held.key, new Date(slot.usedAt));
      slot.failed = undefined;
      return this.hold(slot, held);
    } catch (error) {
      slot.failed = { at: this.clock.now().getTime(), error };
      throw error;
    }
  }

  private hold(slot: IssuerSlot, held: Parameters<IssuerSlot['add']>[0]): SlotKey {
    for (const { key } of slot.add(held, this.clock.now().getTime())) this.byKid.delete(key.jwk.kid);
    const added = slot.all().at(-1)!;
    this.byKid.set(added.key.jwk.kid, added);
    return added;
  }

  private slotOf(name: string, usedAt: number): IssuerSlot {
    const known = this.slots.get(name);
    if (known) return known;
    const made = new IssuerSlot(name, this.life, usedAt, this.isDisabled);
    this.slots.set(name, made);
    return made;
  }
}
