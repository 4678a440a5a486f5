import type { Issued } from '../blob/chain.js';
import { urisOf, type Link } from '../blob/link.js';
import { BlobRefused } from '../blob/refused.js';
import { isSignedBy } from './authentic.js';
import { readCrl, type Crl } from './crl.js';

/**
 * Why nothing is known of a certificate. `missing`: no list of its issuer can be had. `untrusted`: none that its issuer
 * signed, or may sign. `unsupported`: deltas, indirect ones, or not about this certificate. `not_current`: expired, or of
 * a later day.
 */
export type Unchecked = 'missing' | 'untrusted' | 'unsupported' | 'not_current';

/** What is known of revoked certificates over the signer. */
export interface Revocation {
  /** DER, of whichever issuers. From outside: nothing about them is believed. */
  crls: readonly Uint8Array[];
  /** Whether a certificate of which nothing is known refuses the BLOB. */
  required: boolean;
}

/**
 * Looks every certificate of a verified path up in the list of its issuer (RFC 5280 §6.3.3).
 * @returns of which ones nothing is known, and why
 * @throws BlobRefused `chain_revoked`; `revocation_unknown` where it is required to be known
 */
export function checkRevocation(path: readonly Issued[], { crls, required }: Revocation, now: Date): Unchecked[] {
  const lists = crls.flatMap((der) => readCrl(der) ?? []);
  const verdicts = path.map((step) => verdictOf(step, lists, now));
  if (verdicts.includes('revoked')) throw new BlobRefused('chain_revoked');
  const unchecked = verdicts.filter((verdict) => verdict !== 'good' && verdict !== 'revoked');
  if (required && unchecked.length > 0) throw new BlobRefused('revocation_unknown');
  return unchecked;
}

/** The newest list counts: one that is no longer current still tells whom it names, and nothing about the others. */
function verdictOf({ subject, issuer }: Issued, lists: readonly Crl[], now: Date): 'good' | 'revoked' | Unchecked {
  const named = lists.filter(({ issuerName }) => issuerName === subject.issuerName);
  if (named.length === 0) return 'missing';
  const authentic = named.filter((crl) => isSignedBy(crl, issuer));
  if (authentic.length === 0) return 'untrusted';
  const about = authentic.filter((crl) => crl.isSupported && isAbout(crl, subject));
  if (about.length === 0) return 'unsupported';
  const begun = about.filter(({ thisUpdate }) => thisUpdate <= now);
  const [newest] = begun.sort((one, other) => other.thisUpdate.getTime() - one.thisUpdate.getTime());
  if (newest?.names(subject.serial)) return 'revoked';
  return newest && now <= newest.nextUpdate ? 'good' : 'not_current';
}

/** Whether a list that its issuer divided covers this certificate (RFC 5280 §6.3.3 b 2). */
function isAbout({ scope }: Crl, { x509, lists }: Link): boolean {
  if (!scope) return true;
  if (x509.ca ? scope.onlyContainsUserCerts : scope.onlyContainsCACerts) return false;
  return !scope.distributionPoint || urisOf(scope.distributionPoint).some((uri) => lists.includes(uri));
}
