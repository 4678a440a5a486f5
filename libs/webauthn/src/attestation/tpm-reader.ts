import { Malformed } from '../malformed.js';

export const TPM_CLAUSE = 'WebAuthn L3 §8.3';

/** Reads a TPM structure (TPM 2.0 Library, Part 2) front to back: big-endian numbers and sized buffers, nothing left over. */
export class TpmReader {
  private at = 0;

  /** @param name of the member of the statement, for the facts of a refusal */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
  ) {}

  uint16(): number {
    return Buffer.from(this.take(2)).readUInt16BE();
  }

  uint32(): number {
    return Buffer.from(this.take(4)).readUInt32BE();
  }

  /** A TPM2B: two octets of length, then that many octets. */
  sized(): Uint8Array {
    return this.take(this.uint16());
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw this.malformed('ends early');
    const taken = this.bytes.slice(this.at, end);
    this.at = end;
    return taken;
  }

  /** @throws Malformed when octets are left over: nothing may hide behind a structure */
  finish(): void {
    if (this.at !== this.bytes.length) throw this.malformed('bytes left over');
  }

  malformed(what: string): Malformed {
    return new Malformed('attestation_invalid', TPM_CLAUSE, { rule: `${this.name} ${what}` });
  }
}
