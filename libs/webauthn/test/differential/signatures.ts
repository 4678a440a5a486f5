import { withHighS } from '@countersign/testing';
import type { Dice } from './dice.js';
import { tamper, type Bytes, type Tamper } from './tamper.js';

const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

interface Pair {
  r: Buffer;
  s: Buffer;
}

/** Both integers of an ECDSA signature as they stand; undefined for whatever else is a signature. */
function pairOf(der: Uint8Array): Pair | undefined {
  const bytes = Buffer.from(der);
  const [lengthOfR = 0] = [bytes[3]];
  const lengthOfS = bytes[lengthOfR + 5] ?? -1;
  if (bytes[0] !== 0x30 || lengthOfR + lengthOfS + 6 !== bytes.length) return undefined;
  return { r: bytes.subarray(4, 4 + lengthOfR), s: bytes.subarray(6 + lengthOfR) };
}

const integer = (content: Uint8Array, tag = 2): Buffer => Buffer.concat([Buffer.from([tag, content.length]), content]);
const sequence = (body: Uint8Array, tag = 0x30): Bytes =>
  new Uint8Array(Buffer.concat([Buffer.from([tag, body.length]), body]));
const padded = (value: Buffer): Buffer => Buffer.concat([Buffer.from([0]), value]);
const fixed = (value: Buffer): Buffer => Buffer.concat([Buffer.alloc(32), value]).subarray(-32);
const added = (value: Buffer): Buffer => {
  const digits = (BigInt(`0x${value.toString('hex')}`) + BigInt(`0x${ORDER.toString('hex')}`)).toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
};

/** ECDSA in other words: the same numbers in another encoding, or other numbers in the right one. */
const WRITINGS: ((pair: Pair) => Bytes)[] = [
  ({ r, s }) => sequence(Buffer.concat([integer(r), integer(s)]), 0x31),
  ({ r, s }) => sequence(Buffer.concat([integer(padded(r)), integer(s)])),
  ({ r, s }) => sequence(Buffer.concat([integer(r), integer(padded(s))])),
  ({ r, s }) => sequence(Buffer.concat([integer(r), integer(s), Buffer.from([5, 0])])),
  ({ r, s }) => new Uint8Array(Buffer.concat([sequence(Buffer.concat([integer(r), integer(s)])), Buffer.from([0])])),
  ({ r, s }) => {
    const body = Buffer.concat([integer(r), integer(s)]);
    return new Uint8Array(Buffer.concat([Buffer.from([0x30, 0x81, body.length]), body]));
  },
  ({ r, s }) => {
    const body = Buffer.concat([integer(r), integer(s), Buffer.from([0, 0])]);
    return new Uint8Array(Buffer.concat([Buffer.from([0x30, 0x80]), body]));
  },
  ({ r, s }) => sequence(Buffer.concat([integer(r.subarray(1)), integer(s)])),
  ({ r, s }) => sequence(Buffer.concat([integer(s), integer(r)])),
  ({ s }) => sequence(Buffer.concat([integer(Buffer.from([0])), integer(s)])),
  ({ r }) => sequence(Buffer.concat([integer(r), integer(Buffer.from([0]))])),
  ({ s }) => sequence(Buffer.concat([integer(padded(ORDER)), integer(s)])),
  ({ r, s }) => sequence(Buffer.concat([integer(r), integer(added(s))])),
  ({ r, s }) => sequence(Buffer.concat([integer(r, 4), integer(s)])),
  ({ r, s }) => new Uint8Array(Buffer.concat([fixed(r), fixed(s)])),
  () => new Uint8Array([0x30, 0]),
];

/** One change of a signature: anybody's bytes, or what only ECDSA can suffer. */
export function respellSignature(dice: Dice): Tamper {
  if (dice.chance(0.4)) return tamper(dice);
  const write = dice.pick(WRITINGS);
  const high = dice.chance(0.15);
  return (bytes) => {
    const pair = pairOf(bytes);
    if (!pair) return bytes;
    return high ? withHighS(bytes) : write(pair);
  };
}
