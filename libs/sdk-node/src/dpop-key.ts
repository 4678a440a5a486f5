import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';

const ALGORITHM = 'ES256';
/** What of a key pair is public, whatever its type (RFC 7518 §6). */
const PUBLIC = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const;

/** The request a proof is for. */
export interface ProvenRequest {
  method: string;
  url: URL;
  /** The access token it goes with; absent where one is asked for. */
  token?: string | undefined;
}

/** A key that access tokens are bound to (DPoP, RFC 9449), and the nonce the platform gave last. */
export class DpopKey {
  private nonce: string | undefined;

  private constructor(
    private readonly key: CryptoKey | Uint8Array,
    private readonly jwk: JWK,
    private readonly alg: string,
  ) {}

  /** @param given a private JWK; `true` makes a key of this process, which nobody can take along */
  static async open(given: true | JWK): Promise<DpopKey> {
    if (given === true) {
      const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
      return new DpopKey(privateKey, await exportJWK(publicKey), ALGORITHM);
    }
    const alg = given.alg ?? ALGORITHM;
    const members = PUBLIC.filter((member) => given[member] !== undefined).map((member) => [member, given[member]]);
    return new DpopKey(await importJWK(given, alg), Object.fromEntries(members) as JWK, alg);
  }

  /** A proof for one request; single use, good for a minute (RFC 9449 §4.2). */
  proof({ method, url, token }: ProvenRequest): Promise<string> {
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: url.origin + url.pathname,
      ...(token !== undefined && { ath: createHash('sha256').update(token).digest('base64url') }),
      ...(this.nonce !== undefined && { nonce: this.nonce }),
    };
    const header = { typ: 'dpop+jwt', alg: this.alg, jwk: this.jwk };
    return new SignJWT(claims).setProtectedHeader(header).setIssuedAt().sign(this.key);
  }

  /** Keeps the nonce of an answer, if it has one, for the next proof (RFC 9449 §8.2). */
  learn({ headers }: Response): void {
    this.nonce = headers.get('dpop-nonce') ?? this.nonce;
  }
}
