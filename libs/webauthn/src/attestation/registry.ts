import type { Code } from '@countersign/kernel';
import { excerpt, type Refused } from '../malformed.js';
import { namesModel } from './aaguid-extension.js';
import { verifyAndroidKey } from './android-key.js';
import { verifyApple } from './apple.js';
import { COMPOUND, verifyCompound } from './compound.js';
import { verifyFidoU2f } from './fido-u2f.js';
import { verifyNone } from './none.js';
import { verifyPacked } from './packed.js';
import { verifyTpm } from './tpm.js';
import {
  broken,
  type AnyStatementInput,
  type Evidence,
  type StatementVerdict,
  type StatementVerifier,
} from './statement.js';

/** The formats that are verified, by their registered names. A further one is one line here and a file beside this. */
export const FORMATS: ReadonlyMap<string, StatementVerifier> = new Map([
  ['none', verifyNone],
  ['packed', verifyPacked],
  ['apple', verifyApple],
  ['fido-u2f', verifyFidoU2f],
  ['tpm', verifyTpm],
  ['android-key', verifyAndroidKey],
]);

/** Formats that are known and refused all the same: Google ended SafetyNet, so nobody stands behind its answers. */
const REFUSED: ReadonlyMap<string, Code> = new Map([['android-safetynet', 'attestation_safetynet_refused']]);

const CLAUSE = 'WebAuthn L3 §7.1 step 21';

/** Why a format is not verified at all, or nothing; letter case matters. */
export function formatRefusal(fmt: string): Refused | undefined {
  if (fmt === COMPOUND || FORMATS.has(fmt)) return undefined;
  const code = REFUSED.get(fmt) ?? 'attestation_format_unsupported';
  return { ok: false, code, clause: CLAUSE, facts: { fmt: excerpt(fmt) } };
}

const verifySingle: StatementVerifier = (input) => {
  const { fmt, aaguid } = input;
  const verifier = FORMATS.get(fmt);
  if (!verifier) return formatRefusal(fmt) ?? broken(CLAUSE, 'fmt');
  const verdict = verifier(input);
  if (!verdict.ok || verdict.evidence.kind !== 'certified') return verdict;
  const [leaf] = verdict.evidence.chain;
  const certifiesModel = leaf !== undefined && namesModel(fmt, leaf, aaguid);
  return { ok: true, evidence: { ...verdict.evidence, fmt, certifiesModel } };
};

/** Verifies a statement by its format (WebAuthn L3 §7.1 steps 21-22). */
export function verifyStatement(input: AnyStatementInput): StatementVerdict<Evidence> {
  const { attStmt } = input;
  if (attStmt instanceof Map) return verifySingle({ ...input, attStmt });
  return verifyCompound(input, verifySingle);
}
