import { broken, type StatementVerifier } from './statement.js';

/** No attestation: the statement is an empty map. */
export const verifyNone: StatementVerifier = ({ attStmt }) =>
  attStmt.size === 0 ? { ok: true, evidence: { kind: 'none' } } : broken('WebAuthn L3 §8.7', 'statement not empty');
