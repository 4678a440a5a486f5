import type { JWK } from 'jose';

/** Who this server is, and how it proves it. Exactly one of the two proofs. */
export type CountersignServerOptions = {
  /** Address of the platform without `/v1`, e.g. `https://login.bank.example`. */
  baseUrl: string;
  clientId: string;
  /** Scopes to ask for; all that the client has, when absent. */
  scopes?: string[];
  /** Audience of the client assertion; the token endpoint's address when absent. */
  audience?: string;
  /**
   * Binds the server's tokens to a key (DPoP, RFC 9449), so that a stolen one is worth nothing: `true` makes a key of this
   * process, a private JWK is used as it is. `baseUrl` must then be the address under which the platform is published.
   */
  dpop?: true | JWK;
  /** Longest time to wait for an answer, milliseconds; 10 s when absent. */
  timeoutMs?: number;
} & ClientProof;

/** `private_key_jwt` (RFC 7523) with a private key as JWK or PKCS#8 PEM, or a secret by HTTP Basic (RFC 6749 §2.3.1). */
export type ClientProof =
  { privateKey: JWK | string; clientSecret?: undefined } | { clientSecret: string; privateKey?: undefined };
