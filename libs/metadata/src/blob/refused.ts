/** Why a BLOB was not taken. The last two are about genuine ones: an older one, and another one with the number held. */
export type BlobFault =
  | 'too_large'
  | 'malformed'
  | 'algorithm_refused'
  | 'chain_untrusted'
  | 'signer_unexpected'
  | 'chain_revoked'
  | 'revocation_unknown'
  | 'signature_invalid'
  | 'payload_invalid'
  | 'rolled_back'
  | 'number_reused';

/** A metadata BLOB that was refused as a whole; the last good one stays. */
export class BlobRefused extends Error {
  override readonly name = 'BlobRefused';
  /** The fault: what logs and metrics show, never a piece of the input. */
  readonly code: BlobFault;

  constructor(readonly fault: BlobFault) {
    super(fault);
    this.code = fault;
  }
}
