import type { Refused } from '../malformed.js';
import type { AttestationStatement, StatementValue } from '../parse/attestation-object.js';
import type { PublicKey } from '../crypto/public-key.js';
import type { AttestationPolicy, KeyProtection } from '../types.js';
import type { PresentedCertificate } from './certificate.js';
import type { Validity } from './path.js';

/** What a statement is verified against. */
export interface StatementSubject {
  /** Authenticator data followed by the hash of the client data. */
  signed: Uint8Array;
  /** SHA-256 of the RP id, from the authenticator data; 32 bytes. */
  rpIdHash: Uint8Array;
  /** SHA-256 of the client data, 32 bytes. */
  clientDataHash: Uint8Array;
  credentialId: Uint8Array;
  /** The new credential's key. */
  key: PublicKey;
  /** 16 bytes. */
  aaguid: Uint8Array;
  policy: AttestationPolicy;
}

/** What a format has to go by. */
export interface StatementInput extends StatementSubject {
  fmt: string;
  attStmt: AttestationStatement;
}

/** As `StatementInput`, with the array of statements that only `compound` has (WebAuthn L3 §8.9). */
export interface AnyStatementInput extends StatementSubject {
  fmt: string;
  attStmt: AttestationStatement | StatementValue[];
}

/** What one statement that verified shows: nothing, possession of the key, or certificates that still need an anchor. */
export type SingleEvidence =
  | { kind: 'none' }
  | { kind: 'self' }
  | {
      kind: 'certified';
      /** Leaf first. */
      chain: PresentedCertificate[];
      /** Of the statement; some anchors vouch for one only. */
      fmt?: string;
      /** Whether the chain, once it is trusted, says which model this is. */
      certifiesModel?: boolean;
      /** How the format holds its certificates to their dates; `all` when absent. */
      validity?: Validity;
      /** Where the chain says that the key lives. */
      keyProtection?: readonly KeyProtection[];
      /** Hex, of one device (enterprise attestation). */
      serialNumber?: string;
    };

/** Evidence of one statement, or of several of which `required` must each be as good as policy asks. */
export type Evidence = SingleEvidence | { kind: 'compound'; parts: SingleEvidence[]; required: number };

export type StatementVerdict<E extends Evidence = SingleEvidence> = { ok: true; evidence: E } | Refused;

/** Verifies the statement of one format (WebAuthn L3 §6.5.3). */
export type StatementVerifier = (input: StatementInput) => StatementVerdict;

export const broken = (clause: string, rule: string): Refused => ({
  ok: false,
  code: 'attestation_invalid',
  clause,
  facts: { rule },
});
