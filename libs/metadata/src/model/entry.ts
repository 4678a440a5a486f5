import type { Unchecked } from '../revocation/check-revocation.js';

/** A status of a model as FIDO reported it (FIDO MDS 3 §3.1.3); values that are newer than this code are kept as they are. */
export interface StatusReport {
  status: string;
  /** `YYYY-MM-DD`; from then on it holds. Absent: since ever. */
  effectiveDate?: string;
}

/** What is kept of one entry of the BLOB: what a decision is made by, without icons and texts. */
export interface MetadataEntry {
  /** UUID text, lower case; absent for authenticators of the time before FIDO2. */
  aaguid?: string;
  /** Hex SHA-1 of the public keys of attestation certificates, for models without an AAGUID. */
  keyIdentifiers: string[];
  statuses: StatusReport[];
  description: string;
  /** FIDO registry names, e.g. `basic_full`. Empty when the entry has no statement. */
  attestationTypes: string[];
  /** FIDO registry names, e.g. `secp256r1_ecdsa_sha256_raw`. */
  algorithms: string[];
  /** FIDO registry names, e.g. `hardware`, `secure_element`. */
  keyProtection: string[];
  /** Trust anchors of this model's attestation, base64 DER: authorities, or a single certificate. */
  roots: string[];
}

/** A verified BLOB, read. */
export interface MetadataBlob {
  /** Serial number; rises with every issue. */
  no: number;
  /** `YYYY-MM-DD`, by when the next issue is promised. */
  nextUpdate: string;
  entries: MetadataEntry[];
  /** How many of them are not in form; absent: none. What could be read of them is in `entries`. */
  unreadable?: number;
}

/** A BLOB as it was verified; what is stored. */
export interface VerifiedBlob extends MetadataBlob {
  /** base64url SHA-256 of the payload: two BLOBs with one number have to be the same. */
  digest: string;
  /** Of which certificates over its signer no revocation list said anything, and why; absent in what was stored earlier. */
  unchecked?: readonly Unchecked[];
}
