import { encodeCbor, FLAGS, type AlterCeremony, type CborValue } from '@countersign/testing';
import type { Dice } from './dice.js';
import { tamper, type Bytes } from './tamper.js';

const FIXED = 37;
const joined = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));
const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));

const setFlags =
  (mask: number) =>
  (bytes: Bytes): Bytes =>
    bytes.map((byte, index) => (index === 32 ? byte | mask : byte));

/** What may stand after the ED flag: extension outputs as they are, and as they must not be. */
const EXTENSIONS: Uint8Array[] = [
  encodeCbor(new Map<string, CborValue>([['credProtect', 2]])),
  encodeCbor(new Map<string, CborValue>([['hmac-secret', new Uint8Array(32)]])),
  encodeCbor(new Map()),
  hex('a16161f5'),
  hex('bf6161f5ff'),
  hex('a161611801'),
  hex('a26161f56161f4'),
  hex('83010203'),
  hex('f6'),
  hex('a16161fb3ff0000000000000'),
  hex('a16161c100'),
  hex('a1616181818181818181818181818181818181818100'),
  hex(''),
  hex('a1'),
];

const extended = (dice: Dice): AlterCeremony => {
  const extensions = dice.pick(EXTENSIONS);
  const more = dice.chance(0.1) ? dice.bytes(1) : new Uint8Array();
  return { authData: (bytes) => joined(setFlags(FLAGS.ED)(bytes), extensions, more) };
};

const otherModel = (dice: Dice): AlterCeremony => {
  const aaguid = dice.chance(0.5) ? dice.bytes(16) : new Uint8Array(16).fill(0x11);
  return {
    authData: (bytes) =>
      bytes.length > FIXED + 16 ? joined(bytes.subarray(0, FIXED), aaguid, bytes.subarray(FIXED + 16)) : bytes,
  };
};

/** The id in the attested data replaced by one of another length. */
const otherId = (dice: Dice): AlterCeremony => {
  const id = dice.bytes(dice.pick([0, 1, 16, 1023, 1024, 2000]));
  const size = Uint8Array.from([id.length >> 8, id.length & 0xff]);
  const base64url = Buffer.from(id).toString('base64url');
  return {
    authData: (bytes) =>
      bytes.length > FIXED + 50 ? joined(bytes.subarray(0, FIXED + 16), size, id, bytes.subarray(FIXED + 50)) : bytes,
    ...(dice.chance(0.7) ? { response: (response: object) => ({ ...response, id: base64url, rawId: base64url }) } : {}),
  } as AlterCeremony;
};

const flagged = (dice: Dice): AlterCeremony => {
  const mask = dice.chance(0.6) ? 1 << dice.below(8) : dice.below(256);
  return { flags: (flags) => flags ^ mask };
};

/** One change to what the authenticator says, made before it is signed. */
export function alterAuthenticatorData(dice: Dice): AlterCeremony {
  return dice.pick([
    () => flagged(dice),
    () => flagged(dice),
    () => ({ counter: dice.pick([0, 1, 5, 6, 0x7fffffff, 0xffffffff]) }),
    () => extended(dice),
    () => otherModel(dice),
    () => otherId(dice),
    () => ({ authData: tamper(dice) }),
  ])();
}
