import { excerpt } from '../malformed.js';
import { verifyNone } from './none.js';
import { verifyPacked } from './packed.js';
import type { AnyStatementInput, Evidence, StatementVerdict, StatementVerifier } from './statement.js';

/** The formats that are verified, by their registered names. A further one is one line here and a file beside this. */
export const FORMATS: ReadonlyMap<string, StatementVerifier> = new Map([
  ['none', verifyNone],
  ['packed', verifyPacked],
]);

/** Verifies a statement by its format (WebAuthn L3 §7.1 steps 21-22). */
export function verifyStatement({ attStmt, ...input }: AnyStatementInput): StatementVerdict<Evidence> {
  const verifier = FORMATS.get(input.fmt);
  if (verifier && attStmt instanceof Map) return verifier({ ...input, attStmt });
  const facts = { fmt: excerpt(input.fmt) };
  return { ok: false, code: 'attestation_format_unsupported', clause: 'WebAuthn L3 §7.1 step 21', facts };
}
