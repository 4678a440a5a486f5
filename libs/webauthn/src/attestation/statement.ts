import type { PresentedCertificate } from './certificate.js';
import type { PublicKey } from '../crypto/public-key.js';
import type { Refused } from '../malformed.js';
import type { AttestationStatement } from '../parse/attestation-object.js';

/** What a format has to go by. */
export interface StatementInput {
  fmt: string;
  attStmt: AttestationStatement;
  /** Authenticator data followed by the hash of the client data. */
  signed: Uint8Array;
  /** The new credential's key. */
  key: PublicKey;
  /** 16 bytes. */
  aaguid: Uint8Array;
}

/** What a statement that verified shows: nothing, possession of the key, or certificates that still need an anchor. */
export type Evidence = { kind: 'none' } | { kind: 'self' } | { kind: 'certified'; chain: PresentedCertificate[] };

export type StatementVerdict = { ok: true; evidence: Evidence } | Refused;

/** Verifies the statement of one format (WebAuthn L3 §6.5.3). */
export type StatementVerifier = (input: StatementInput) => StatementVerdict;

export const broken = (clause: string, rule: string): Refused => ({
  ok: false,
  code: 'attestation_invalid',
  clause,
  facts: { rule },
});
