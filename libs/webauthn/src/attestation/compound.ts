import { refusing, type Refused } from '../malformed.js';
import type { StatementValue } from '../parse/attestation-object.js';
import {
  broken,
  type AnyStatementInput,
  type Evidence,
  type SingleEvidence,
  type StatementInput,
  type StatementVerdict,
  type StatementVerifier,
} from './statement.js';

const CLAUSE = 'WebAuthn L3 §8.9';
export const COMPOUND = 'compound';
const LEAST = 2;

type Part = Pick<StatementInput, 'fmt' | 'attStmt'>;

/** One statement: a map of its format and its own statement, and nothing beside them. */
function readPart(value: StatementValue): Part | undefined {
  if (!(value instanceof Map) || value.size !== 2) return undefined;
  const [fmt, attStmt] = [value.get('fmt'), value.get('attStmt')];
  return typeof fmt === 'string' && fmt !== COMPOUND && attStmt instanceof Map ? { fmt, attStmt } : undefined;
}

/** At least two statements, none of them compound, each format once: a statement sent twice would count twice. */
function readParts(attStmt: AnyStatementInput['attStmt']): Part[] | undefined {
  if (!Array.isArray(attStmt) || attStmt.length < LEAST) return undefined;
  const parts = attStmt.map(readPart).filter((part) => part !== undefined);
  const formats = new Set(parts.map(({ fmt }) => fmt));
  return formats.size === attStmt.length ? parts : undefined;
}

/** How many statements have to verify, and be as good as policy asks. */
const requiredOf = ({ compound = 'all' }: AnyStatementInput['policy'], parts: readonly Part[]): number =>
  compound === 'all' ? parts.length : Math.max(1, compound);

/** Who holds one key can sign any number of statements with it: they count as one, and this format wants several. */
function signedTwice(verdicts: readonly StatementVerdict[]): boolean {
  const leaves = verdicts.flatMap((verdict) => {
    const [leaf] = verdict.ok && verdict.evidence.kind === 'certified' ? verdict.evidence.chain : [];
    return leaf ? [leaf.publicKey] : [];
  });
  return leaves.some((key, index) => leaves.slice(0, index).some((earlier) => earlier.equals(key)));
}

/** The evidence of as many statements as are required, or the first refusal. */
function concluded(verdicts: readonly StatementVerdict[], required: number): StatementVerdict<Evidence> {
  const evidence = verdicts.flatMap((verdict): SingleEvidence[] => (verdict.ok ? [verdict.evidence] : []));
  if (evidence.length >= required) return { ok: true, evidence: { kind: 'compound', parts: evidence, required } };
  return (
    verdicts.find((verdict): verdict is Refused => !verdict.ok) ?? broken(CLAUSE, 'fewer statements than asked for')
  );
}

/**
 * Several statements about one credential. All of them must verify, or as many as policy says; that each is trusted is
 * judged afterwards, by the weakest of as many.
 * @param verifyPart verifies one statement by its format
 */
export function verifyCompound(input: AnyStatementInput, verifyPart: StatementVerifier): StatementVerdict<Evidence> {
  const parts = readParts(input.attStmt);
  if (!parts) return broken(CLAUSE, 'not two or more statements of different formats');
  const verdicts = parts.map((part) => refusing(() => verifyPart({ ...input, ...part })));
  if (signedTwice(verdicts)) return broken(CLAUSE, 'one attestation key for two statements');
  return concluded(verdicts, requiredOf(input.policy, parts));
}
