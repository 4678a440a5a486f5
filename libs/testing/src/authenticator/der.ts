/** Just enough DER (X.690) to write certificates, synchronously. */
const concat = (parts: Uint8Array[]): Buffer => Buffer.concat(parts);

/** One tag-length-value; a tag of several octets is given as an array. */
export function tlv(tag: number | number[], ...content: Uint8Array[]): Buffer {
  const body = concat(content);
  const identifier = Buffer.from([tag].flat());
  if (body.length < 0x80) return concat([identifier, Buffer.from([body.length]), body]);
  const length = body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return concat([identifier, Buffer.from(length), body]);
}

export const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: Uint8Array[]): Buffer => tlv(0x31, ...parts);
/** A context-specific tag around its content; from 31 on the number takes octets of its own (X.690 §8.1.2.4). */
export const explicit = (number: number, ...parts: Uint8Array[]): Buffer =>
  tlv(number < 31 ? 0xa0 | number : [0xbf, ...base128(number)], ...parts);
export const octets = (content: Uint8Array): Buffer => tlv(0x04, content);
export const bits = (content: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), content);
export const bool = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
export const text = (value: string): Buffer => tlv(0x0c, Buffer.from(value, 'utf8'));

/** A non-negative integer from its magnitude, most significant octet first. */
export const integer = (magnitude: Uint8Array): Buffer =>
  tlv(0x02, (magnitude[0] ?? 0) >= 0x80 ? concat([Buffer.from([0]), magnitude]) : magnitude);

/** GeneralizedTime to the second, UTC. */
export const time = (at: Date): Buffer =>
  tlv(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'ascii'));

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) octets.unshift((rest & 0x7f) | 0x80);
  return octets;
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export const enumerated = (value: number): Buffer => tlv(0x0a, Buffer.from([value]));
export const nothing = (): Buffer => tlv(0x05);
