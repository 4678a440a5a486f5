import type { Dice } from './dice.js';

export type Bytes = Uint8Array<ArrayBuffer>;
export type Tamper = (bytes: Bytes) => Bytes;

const joined = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

/** The ways to spoil bytes, each drawn before the bytes are known. */
const WAYS: ((dice: Dice) => Tamper)[] = [
  (dice) => {
    const [at, mask] = [dice.next(), 1 + dice.below(255)];
    return (bytes) => bytes.map((byte, index) => (index === Math.floor(at * bytes.length) ? byte ^ mask : byte));
  },
  (dice) => {
    const [at, bit] = [dice.next(), 1 << dice.below(8)];
    return (bytes) => bytes.map((byte, index) => (index === Math.floor(at * bytes.length) ? byte ^ bit : byte));
  },
  (dice) => {
    const [at, value] = [dice.next(), dice.pick([0, 1, 0x7f, 0x80, 0xff])];
    return (bytes) => bytes.map((byte, index) => (index === Math.floor(at * bytes.length) ? value : byte));
  },
  (dice) => {
    const more = dice.bytes(1 + dice.below(4));
    return (bytes) => joined(bytes, more);
  },
  (dice) => {
    const cut = 1 + dice.below(40);
    return (bytes) => bytes.slice(0, Math.max(0, bytes.length - cut));
  },
  (dice) => {
    const [at, more] = [dice.next(), dice.bytes(1 + dice.below(3))];
    return (bytes) => {
      const cut = Math.floor(at * bytes.length);
      return joined(bytes.subarray(0, cut), more, bytes.subarray(cut));
    };
  },
  (dice) => {
    const [at, length] = [dice.next(), 1 + dice.below(8)];
    return (bytes) => {
      const cut = Math.floor(at * bytes.length);
      return joined(bytes.subarray(0, cut), bytes.subarray(cut + length));
    };
  },
  () => () => new Uint8Array(),
];

/** One change of bytes, whatever they are. */
export const tamper = (dice: Dice): Tamper => dice.pick(WAYS)(dice);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** The ways to write a member that holds base64url. */
const SPELLINGS: ((dice: Dice) => (text: string) => unknown)[] = [
  () => (text) => `${text}=`,
  () => (text) => `${text}==`,
  () => (text) => text.replace(/[-_]/g, (sign) => (sign === '-' ? '+' : '/')),
  () => (text) => `${text} `,
  () => (text) => `\n${text}`,
  () => (text) => text.slice(0, -1),
  (dice) => {
    const last = dice.pick(['A', 'B', 'Q', 'h', '_']);
    return (text) => text.slice(0, -1) + last;
  },
  () => () => '',
  () => () => null,
  () => () => undefined,
  () => () => 7,
  () => (text) => [text],
  () => (text) => ({ text }),
  (dice) => {
    const change = tamper(dice);
    return (text) => base64url(change(new Uint8Array(Buffer.from(text, 'base64url'))));
  },
];

/** One change to the text of a member. */
export const respell = (dice: Dice): ((text: string) => unknown) => dice.pick(SPELLINGS)(dice);

/** What `change` makes of bytes, or the bytes as they are where an earlier change left nothing that can be read. */
export function readable(bytes: Bytes, change: Tamper): Bytes {
  try {
    return change(bytes);
  } catch {
    return bytes;
  }
}
