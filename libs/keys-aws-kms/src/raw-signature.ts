import { refuse } from '@countersign/kernel';

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const SIZE = 32;

const malformed = () => refuse('key_store_unavailable', {}, 'the signature is no DER of two integers');

/** One INTEGER of 32 bytes at most at `from`, left-padded, and where it ends. */
function integer(der: Uint8Array, from: number): { value: Uint8Array; end: number } {
  const length = der[from + 1] ?? 0;
  const end = from + 2 + length;
  if (der[from] !== INTEGER || length === 0 || end > der.length) throw malformed();
  const value = der.subarray(der[from + 2] === 0 ? from + 3 : from + 2, end);
  if (value.length > SIZE) throw malformed();
  const padded = new Uint8Array(SIZE);
  padded.set(value, SIZE - value.length);
  return { value: padded, end };
}

/** ECDSA-Sig-Value as KMS returns it (RFC 3279 §2.2.3) to r‖s as JOSE has it (RFC 7518 §3.4). */
export function rawSignature(der: Uint8Array): Uint8Array {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) throw malformed();
  const r = integer(der, 2);
  const s = integer(der, r.end);
  if (s.end !== der.length) throw malformed();
  return Buffer.concat([r.value, s.value]);
}
