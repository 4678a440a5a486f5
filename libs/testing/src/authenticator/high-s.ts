const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const integerAt = (der: Uint8Array, offset: number): Uint8Array =>
  der.slice(offset + 2, offset + 2 + (der[offset + 1] ?? 0));

function derInteger(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, content.length]), content]);
}

/** The other valid ES256 signature of the same message: s replaced by n - s. DER in, DER out. */
export function withHighS(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const r = integerAt(signature, 2);
  const s = BigInt(`0x${Buffer.from(integerAt(signature, 4 + r.length)).toString('hex')}`);
  const body = Buffer.concat([Buffer.from([2, r.length]), r, derInteger(ORDER - s)]);
  return new Uint8Array(Buffer.concat([Buffer.from([0x30, body.length]), body]));
}
