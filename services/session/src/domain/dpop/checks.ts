import { clause, equalBytes, pass, reject, sha256, toBase64Url, utf8, type Check } from '@countersign/kernel';
import type { Proof } from './proof.js';
import { algorithmOf, publicKeyOf } from './public-key.js';
import { isSameAddress } from './address.js';

/** How far `iat` may lie back and ahead, seconds. A spent proof is remembered for longer than this. */
export const WINDOW = { back: 60, ahead: 5 } as const;

/** A proof whose signature verified, beside the request it came with. */
export interface Claimed {
  proof: Proof;
  /** Thumbprint of its key (RFC 7638). */
  jkt: string;
  /** As it was sent. */
  method: string;
  /** Public address of the request, without query. */
  url: string;
  /** Unix seconds. */
  now: number;
  /** The access token it came with, where one did. */
  token?: string | undefined;
  /** The key it has to be, where the token is bound to one. */
  boundTo?: string | undefined;
}

const checkType: Check<Proof> = clause('RFC 9449 §4.3 item 4', ({ typ }) =>
  typ === 'dpop+jwt' ? pass : reject('dpop_type_refused'),
);

const checkAlgorithm: Check<Proof> = clause('RFC 9449 §4.3 item 5', ({ alg }) =>
  algorithmOf(alg) ? pass : reject('dpop_algorithm_refused'),
);

const checkKey: Check<Proof> = clause('RFC 9449 §4.3 item 7', ({ alg, jwk }) => {
  const algorithm = algorithmOf(alg);
  return algorithm && publicKeyOf(jwk, algorithm) ? pass : reject('dpop_key_refused');
});

const checkMethod: Check<Claimed> = clause('RFC 9449 §4.3 item 8', ({ proof, method }) =>
  proof.htm === method ? pass : reject('dpop_method_mismatch'),
);

const checkAddress: Check<Claimed> = clause('RFC 9449 §4.3 item 9', ({ proof, url }) =>
  isSameAddress(proof.htu, url) ? pass : reject('dpop_url_mismatch'),
);

const checkTime: Check<Claimed> = clause('RFC 9449 §4.3 item 11', ({ proof: { iat }, now }) =>
  iat >= now - WINDOW.back && iat <= now + WINDOW.ahead ? pass : reject('dpop_time_refused'),
);

const checkToken: Check<Claimed> = clause('RFC 9449 §4.3 item 12', ({ proof, token }) =>
  token === undefined || proof.ath === toBase64Url(sha256(token)) ? pass : reject('dpop_token_mismatch'),
);

const checkBinding: Check<Claimed> = clause('RFC 9449 §4.3 item 12', ({ jkt, boundTo }) =>
  boundTo === undefined || equalBytes(utf8(jkt), utf8(boundTo)) ? pass : reject('dpop_key_mismatch'),
);

/** What is judged before the signature, because it says how the signature is to be judged. */
export const keyChecks: readonly Check<Proof>[] = [checkType, checkAlgorithm, checkKey];

/** What is judged once the signature has verified. Nonce and reuse follow, where they are remembered. */
export const claimChecks: readonly Check<Claimed>[] = [checkMethod, checkAddress, checkTime, checkToken, checkBinding];
