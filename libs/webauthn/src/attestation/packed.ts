import { isSignedBy } from '../crypto/signature.js';
import { leafKey } from './leaf-key.js';
import { brokenLeafRule } from './packed-leaf.js';
import { serialNumberOf } from './serial-number.js';
import { broken, type StatementInput, type StatementVerdict, type StatementVerifier } from './statement.js';
import { readChain } from './x5c.js';

const CLAUSE = 'WebAuthn L3 §8.2';
const MEMBERS = new Set<unknown>(['alg', 'sig', 'x5c']);

interface Statement {
  alg: number;
  sig: Uint8Array;
  x5c: unknown;
}

function readStatement({ attStmt }: StatementInput): Statement | undefined {
  const [alg, sig, x5c] = [attStmt.get('alg'), attStmt.get('sig'), attStmt.get('x5c')];
  // ecdaaKeyId was removed from the standard and would otherwise be passed over in silence.
  if (![...attStmt.keys()].every((member) => MEMBERS.has(member))) return undefined;
  return typeof alg === 'number' && sig instanceof Uint8Array ? { alg, sig, x5c } : undefined;
}

function verifySelf({ signed, key }: StatementInput, { alg, sig }: Statement): StatementVerdict {
  if (alg !== key.algorithm) return broken(CLAUSE, 'alg differs from the credential’s');
  if (!isSignedBy(key, signed, sig)) return broken(CLAUSE, 'signature');
  return { ok: true, evidence: { kind: 'self' } };
}

function verifyCertified(input: StatementInput, { alg, sig, x5c }: Statement): StatementVerdict {
  const chain = readChain(x5c, CLAUSE);
  const [leaf] = chain;
  const key = leafKey(leaf, alg);
  if (!key) return broken(CLAUSE, 'alg does not go with the certificate’s key');
  if (!isSignedBy(key, input.signed, sig)) return broken(CLAUSE, 'signature');
  const rule = brokenLeafRule(leaf, input.aaguid);
  if (rule) return broken('WebAuthn L3 §8.2.1', rule);
  const serial = serialNumberOf(leaf, input.aaguid, input.policy);
  if (!serial.ok) return serial;
  const { ok, ...told } = serial;
  return { ok, evidence: { kind: 'certified', chain, ...told } };
}

/** Packed attestation: by the credential's own key, or by a certificate. */
export const verifyPacked: StatementVerifier = (input) => {
  const statement = readStatement(input);
  if (!statement) return broken(CLAUSE, 'alg or sig missing, or an unknown member');
  return statement.x5c === undefined ? verifySelf(input, statement) : verifyCertified(input, statement);
};
