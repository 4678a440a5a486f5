import { equalBytes, sha256 } from '@countersign/kernel';
import type { PresentedCertificate } from './certificate.js';
import { firstBroken, rule } from './rules.js';
import { broken, type StatementInput, type StatementVerifier } from './statement.js';
import { readChain } from './x5c.js';

const CLAUSE = 'WebAuthn L3 §8.8';
const NONCE = '1.2.840.113635.100.8.2';
/** SEQUENCE { [1] OCTET STRING of 32 bytes }, up to the bytes. */
const NONCE_HEAD = [0x30, 0x24, 0xa1, 0x22, 0x04, 0x20];

interface AppleProof {
  input: StatementInput;
  leaf: PresentedCertificate;
}

function holdsNonce({ input, leaf }: AppleProof): boolean {
  const extension = leaf.extensions.get(NONCE);
  const expected = Buffer.from([...NONCE_HEAD, ...sha256(input.signed)]);
  return extension !== undefined && equalBytes(new Uint8Array(extension.extnValue.buffer), expected);
}

const appleRules = [
  rule<AppleProof>(CLAUSE, 'nonce', holdsNonce),
  rule<AppleProof>(CLAUSE, 'certificate is not for the credential’s key', ({ input, leaf }) =>
    leaf.publicKey.equals(input.key.key),
  ),
];

/** `x5c`, and the `alg` that Apple's first devices wrote although the standard has none: then it is the credential's. */
function hasItsMembers({ attStmt, key }: StatementInput): boolean {
  return attStmt.size === 1 || (attStmt.size === 2 && attStmt.get('alg') === key.algorithm);
}

/**
 * Apple's anonymous attestation: a certificate made for this one credential, which holds what was to be signed. It lives
 * for days, so its dates are judged at the time of the ceremony, and never again.
 */
export const verifyApple: StatementVerifier = (input) => {
  if (!hasItsMembers(input)) return broken(CLAUSE, 'members other than x5c');
  const chain = readChain(input.attStmt.get('x5c'), CLAUSE, [NONCE]);
  const refusal = firstBroken(appleRules, { input, leaf: chain[0] });
  return refusal ?? { ok: true, evidence: { kind: 'certified', chain } };
};
