import { utf8 } from '@countersign/kernel';

/** What an authenticator has to say in CBOR (RFC 8949): no floats, no tags, maps with keys in the order given. */
export type CborValue = number | boolean | null | string | Uint8Array | CborValue[] | Map<string | number, CborValue>;

/** Shortest form of a major type and its argument, below 2^32. */
function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 0x100) return Buffer.from([(major << 5) | 24, argument]);
  const long = argument >= 0x10000;
  const bytes = Buffer.alloc(long ? 5 : 3);
  bytes[0] = (major << 5) | (long ? 26 : 25);
  if (long) bytes.writeUInt32BE(argument, 1);
  else bytes.writeUInt16BE(argument, 1);
  return bytes;
}

function write(value: CborValue, out: Uint8Array[]): void {
  if (value === null) out.push(Buffer.from([0xf6]));
  else if (typeof value === 'boolean') out.push(Buffer.from([value ? 0xf5 : 0xf4]));
  else if (typeof value === 'number') out.push(value < 0 ? head(1, -1 - value) : head(0, value));
  else if (typeof value === 'string') out.push(head(3, utf8(value).length), utf8(value));
  else if (value instanceof Uint8Array) out.push(head(2, value.length), value);
  else if (Array.isArray(value)) {
    out.push(head(4, value.length));
    for (const item of value) write(item, out);
  } else {
    out.push(head(5, value.size));
    for (const [key, item] of value) {
      write(key, out);
      write(item, out);
    }
  }
}

/** Encodes with definite lengths and shortest integers. */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [];
  write(value, out);
  return new Uint8Array(Buffer.concat(out));
}
