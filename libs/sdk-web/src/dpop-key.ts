import { toBase64Url } from './base64url.js';
import { IndexedDbShelf, type KeyShelf } from './key-shelf.js';
import { localProblem } from './problem.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** The request a proof is for. */
export interface ProvenRequest {
  method: string;
  url: string | URL;
  /** The access token it goes with; absent where one is asked for. */
  token?: string | undefined;
}

/**
 * A key of this browser that access tokens are bound to (DPoP, RFC 9449). Scripts can use it and cannot read it out, so a
 * token that leaks is worth nothing without this very browser. Nonces are kept by origin, as servers give them.
 */
export class DpopKey {
  private readonly nonces = new Map<string, string>();
  private pair: Promise<CryptoKeyPair> | undefined;

  /** @param name another name is another key */
  constructor(
    private readonly name: string,
    private readonly shelf: KeyShelf = new IndexedDbShelf(),
  ) {}

  /** A proof for one request; single use, good for a minute (RFC 9449 §4.2). */
  async proof({ method, url, token }: ProvenRequest): Promise<string> {
    const { privateKey, publicKey } = await this.keys();
    const { origin, pathname } = new URL(url);
    const nonce = this.nonces.get(origin);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } };
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(Date.now() / 1000),
      ...(token !== undefined && { ath: toBase64Url(await crypto.subtle.digest('SHA-256', utf8(token))) }),
      ...(nonce !== undefined && { nonce }),
    };
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${toBase64Url(await crypto.subtle.sign(SIGNATURE, privateKey, utf8(input)))}`;
  }

  /** Keeps the nonce of an answer, if it has one, for the next proof to the same server (RFC 9449 §8.2). */
  learn(url: string | URL, { headers }: Response): void {
    const nonce = headers.get('dpop-nonce');
    if (nonce) this.nonces.set(new URL(url).origin, nonce);
  }

  private keys(): Promise<CryptoKeyPair> {
    this.pair ??= this.shelf.keep(this.name, newPair).catch((error: unknown) => {
      this.pair = undefined;
      throw localProblem('key_unavailable', 'This browser could not keep a key.', error);
    });
    return this.pair;
  }
}

/** Not extractable: it signs here and nowhere else. */
const newPair = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
