import { sha256, toBase64Url } from '@countersign/kernel';
import type { VerifiedBlob } from '../model/entry.js';
import { checkRevocation, type Revocation } from '../revocation/check-revocation.js';
import { trustedPath, type BlobTrust } from './chain.js';
import { parseJson, readJws, verifySignature } from './jws.js';
import { readPayload } from './payload.js';
import { BlobRefused } from './refused.js';

export interface BlobInput extends BlobTrust {
  /** The JWS in compact form. From outside: nothing about it is believed. */
  text: string;
  now: Date;
  /** The number held; a lower one is refused, and the same one is nothing new. 0: none is held. */
  heldNo: number;
  revocation: Revocation;
}

/**
 * Verifies a metadata BLOB and reads what decisions are made by (FIDO MDS 3 §3.2): path to a configured root, none of it
 * revoked, signature by the header's algorithm, form, and a number that rises. Pure: all it judges by comes in. That
 * `nextUpdate` has passed refuses nothing here: what an old BLOB says is better than nothing, and how old is too old is
 * the tenant's to say.
 * @throws BlobRefused
 */
export function verifyBlob({ text, now, heldNo, revocation, ...trust }: BlobInput): VerifiedBlob {
  const jws = readJws(text);
  const { signer, issued } = trustedPath(jws.x5c, trust, now);
  const unchecked = checkRevocation(issued, revocation, now);
  verifySignature(jws, signer.publicKey);
  const blob = readPayload(parseJson(jws.payload));
  if (blob.no < heldNo) throw new BlobRefused('rolled_back');
  return { ...blob, digest: toBase64Url(sha256(jws.payload)), unchecked };
}
