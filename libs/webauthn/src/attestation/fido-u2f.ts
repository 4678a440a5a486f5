import { isSignedBy } from '../crypto/signature.js';
import type { PublicKey } from '../crypto/public-key.js';
import { leafKey } from './leaf-key.js';
import { firstBroken, rule } from './rules.js';
import { broken, type StatementInput, type StatementVerifier } from './statement.js';
import { readChain, type Chain } from './x5c.js';

const CLAUSE = 'WebAuthn L3 §8.6';
const ES256 = -7;
const MEMBERS = 2;
/** Bytes of an uncompressed point on P-256, which stands at the end of its SubjectPublicKeyInfo. */
const POINT = 65;

interface U2fProof {
  input: StatementInput;
  sig: Uint8Array;
  chain: Chain;
  /** The certificate's key, if it is one on P-256. */
  key: PublicKey | undefined;
}

/** What a U2F device signs at registration (§8.6 step 5): 0x00 ‖ RP id hash ‖ client data hash ‖ credential id ‖ point. */
function verificationData({ rpIdHash, clientDataHash, credentialId, key }: StatementInput): Uint8Array {
  const point = key.key.export({ format: 'der', type: 'spki' }).subarray(-POINT);
  return Buffer.concat([Buffer.from([0]), rpIdHash, clientDataHash, credentialId, point]);
}

const u2fRules = [
  rule<U2fProof>(CLAUSE, 'not exactly one certificate', ({ chain }) => chain.length === 1),
  rule<U2fProof>(CLAUSE, 'certificate key not on P-256', ({ key }) => key !== undefined),
  rule<U2fProof>(CLAUSE, 'credential not of ES256', ({ input }) => input.key.algorithm === ES256),
  rule<U2fProof>(
    // What is signed holds no model: one that is named there, anybody on the way could have put.
    'FIDO CTAP 2.1 §8',
    'aaguid not zero',
    ({ input }) => input.policy.strict === false || input.aaguid.every((byte) => byte === 0),
  ),
  rule<U2fProof>(CLAUSE, 'signature', ({ input, key, sig }) =>
    Boolean(key && isSignedBy(key, verificationData(input), sig)),
  ),
];

/** Attestation of security keys that speak U2F: one certificate, P-256 throughout, no model. */
export const verifyFidoU2f: StatementVerifier = (input) => {
  const { attStmt } = input;
  const sig = attStmt.get('sig');
  if (attStmt.size !== MEMBERS || !(sig instanceof Uint8Array)) return broken(CLAUSE, 'members other than sig and x5c');
  const chain = readChain(attStmt.get('x5c'), CLAUSE);
  const refusal = firstBroken(u2fRules, { input, sig, chain, key: leafKey(chain[0], ES256) });
  return refusal ?? { ok: true, evidence: { kind: 'certified', chain } };
};
