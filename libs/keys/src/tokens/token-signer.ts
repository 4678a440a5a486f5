import { isRefusal, systemClock, toBase64Url, utf8, type Clock } from '@countersign/kernel';
import type { KeyInfo, KeyStore } from '../store/key-store.js';
import { activeOf } from '../store/lifecycle.js';

/** What signing a token needs: a key store's keys, or issuer keys, which know at no cost which of them signs now. */
export type SigningKeys = Pick<KeyStore, 'sign'> &
  ({ list(name: string): Promise<KeyInfo[]> } | { current(name: string): string | Promise<string> });

/** How often the store is asked which key is active. */
export interface TokenSignerOptions {
  /** How long the active key is taken as known, milliseconds; 2 s unless told. */
  refresh?: number;
  clock?: Clock;
}

/**
 * Signs compact JWS (RFC 7515 §3.1) with the active key of one name, ES256, header `{alg, kid, typ}`.
 * Asks the store which key is active at most once per `refresh`; a key that was disabled meanwhile is replaced at once.
 */
export class TokenSigner {
  private active: { kid: string; until: number } | undefined;
  /** By type, of the key that signed last. */
  private readonly headers = new Map<string, string>();
  private headersOf: string | undefined;
  private readonly refresh: number;
  private readonly clock: Clock;

  constructor(
    private readonly keys: SigningKeys,
    private readonly name: string,
    { refresh = 2_000, clock = systemClock }: TokenSignerOptions = {},
  ) {
    this.refresh = refresh;
    this.clock = clock;
  }

  /**
   * @param typ the class of the token, e.g. `at+jwt`; a verifier demands exactly this
   * @param claims become the payload as they are; times in Unix seconds
   * @throws `key_unknown`, `key_disabled`
   */
  async sign(typ: string, claims: object): Promise<string> {
    const payload = toBase64Url(utf8(JSON.stringify(claims)));
    try {
      return await this.signed(typ, payload);
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'key_disabled') throw error;
      this.active = undefined;
      return this.signed(typ, payload);
    }
  }

  /** Id of the key that signs now. */
  async kid(): Promise<string> {
    if ('current' in this.keys) return this.keys.current(this.name);
    const now = this.clock.now().getTime();
    if (this.active && now < this.active.until) return this.active.kid;
    const kid = activeOf(await this.keys.list(this.name), this.name).id;
    this.active = { kid, until: now + this.refresh };
    return kid;
  }

  private async signed(typ: string, payload: string): Promise<string> {
    const kid = await this.kid();
    const input = `${this.header(typ, kid)}.${payload}`;
    return `${input}.${toBase64Url(await this.keys.sign(kid, utf8(input)))}`;
  }

  private header(typ: string, kid: string): string {
    if (this.headersOf !== kid) this.headers.clear();
    this.headersOf = kid;
    const made = this.headers.get(typ) ?? headerOf(typ, kid);
    this.headers.set(typ, made);
    return made;
  }
}

const headerOf = (typ: string, kid: string): string => toBase64Url(utf8(JSON.stringify({ alg: 'ES256', kid, typ })));

/** A compact JWS by this very key. */
export async function signJws(
  keys: Pick<KeyStore, 'sign'>,
  { typ, kid }: { typ: string; kid: string },
  claims: object,
): Promise<string> {
  const input = `${headerOf(typ, kid)}.${toBase64Url(utf8(JSON.stringify(claims)))}`;
  return `${input}.${toBase64Url(await keys.sign(kid, utf8(input)))}`;
}
