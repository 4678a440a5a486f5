import { encodeCbor, type AlterRegistration, type CborValue } from '@countersign/testing';
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { generateKeyPairSync } from 'node:crypto';
import type { Dice } from './dice.js';
import { readable, tamper, type Bytes } from './tamper.js';

type Key = Map<number, CborValue>;
type Change = (key: Key) => CborValue;

const [KTY, ALG, CRV, X, Y] = [1, 3, -1, -2, -3];
const bytesAt = (key: Key, label: number): Uint8Array => {
  const value = key.get(label);
  return value instanceof Uint8Array ? value : new Uint8Array();
};
const put =
  (label: number, value: (key: Key) => CborValue): Change =>
  (key) =>
    new Map([...key, [label, value(key)]]);
const drop =
  (label: number): Change =>
  (key) =>
    new Map([...key].filter(([name]) => name !== label));
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Keys of the other curves, and RSA keys nobody should have. */
const coordinates = (namedCurve: string): Uint8Array[] => {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
  return [x, y].map((text) => new Uint8Array(Buffer.from(String(text), 'base64url')));
};
const curveKey = (algorithm: number, crv: number, namedCurve: string): Change => {
  const [x = new Uint8Array(), y = new Uint8Array()] = coordinates(namedCurve);
  return () =>
    new Map<number, CborValue>([
      [KTY, 2],
      [ALG, algorithm],
      [CRV, crv],
      [X, x],
      [Y, y],
    ]);
};
const rsaKey =
  (algorithm: number, n: Uint8Array, e: number[]): Change =>
  () =>
    new Map<number, CborValue>([
      [KTY, 3],
      [ALG, algorithm],
      [CRV, n],
      [X, Uint8Array.from(e)],
    ]);
const odd = (length: number, first = 0xc1): Uint8Array => {
  const modulus = new Uint8Array(length).fill(0xa5);
  modulus[0] = first;
  return modulus;
};
const SMALL_ORDER = new Uint8Array(
  Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
);
const okp =
  (x: Uint8Array, crv = 6): Change =>
  () =>
    new Map<number, CborValue>([
      [KTY, 1],
      [ALG, -8],
      [CRV, crv],
      [X, x],
    ]);

const CHANGES: Change[] = [
  ...[KTY, ALG, CRV, X, Y].map(drop),
  put(KTY, () => 1),
  put(KTY, () => 3),
  put(KTY, () => 'EC2'),
  put(ALG, () => -35),
  put(ALG, () => -257),
  put(ALG, () => -37),
  put(ALG, () => -65535),
  put(ALG, () => 'ES256'),
  put(CRV, () => 2),
  put(CRV, () => 8),
  put(2, () => Uint8Array.from([1, 2])),
  put(4, () => [2]),
  put(-4, () => new Uint8Array(32)),
  put(9, () => 'more'),
  put(X, (key) => joined(Uint8Array.from([0]), bytesAt(key, X))),
  put(X, (key) => bytesAt(key, X).slice(1)),
  put(X, (key) => bytesAt(key, Y)),
  put(X, () => new Uint8Array(32)),
  put(Y, () => true),
  put(Y, (key) => bytesAt(key, Y).map((byte, index) => (index === 31 ? byte ^ 1 : byte))),
  (key) => new Map([...key].reverse()),
  (key) => [...key.values()],
  curveKey(-35, 2, 'P-384'),
  curveKey(-7, 2, 'P-384'),
  curveKey(-35, 1, 'P-256'),
  curveKey(-36, 3, 'P-521'),
  curveKey(-7, 8, 'secp256k1'),
  rsaKey(-257, odd(256), [1, 0, 1]),
  rsaKey(-257, odd(128), [1, 0, 1]),
  rsaKey(-257, odd(256, 0), [1, 0, 1]),
  rsaKey(-257, odd(256), [1]),
  rsaKey(-257, odd(256), [3]),
  rsaKey(-257, odd(256), [0, 1, 0, 1]),
  rsaKey(-257, odd(2048), [1, 0, 1]),
  rsaKey(-37, odd(256), [1, 0, 1]),
  okp(SMALL_ORDER),
  okp(new Uint8Array(32).fill(0xff)),
  okp(new Uint8Array(31)),
  okp(SMALL_ORDER, 7),
];

/** The same key with one integer written longer than it needs, or one member twice. */
const RAW: ((bytes: Bytes) => Bytes)[] = [
  (bytes) => new Uint8Array(Buffer.concat([bytes.subarray(0, 1), Buffer.from([0x18, 0x01]), bytes.subarray(2)])),
  (bytes) =>
    new Uint8Array(Buffer.concat([Buffer.from([(bytes[0] ?? 0) + 1]), bytes.subarray(1), Buffer.from([1, 2])])),
  (bytes) => new Uint8Array(Buffer.concat([Buffer.from([0xbf]), bytes.subarray(1), Buffer.from([0xff])])),
  (bytes) => new Uint8Array(Buffer.concat([Buffer.from([0xc1]), bytes])),
];

/** One change to the key a registration offers; whatever is signed is signed over the changed key. */
export function alterKey(dice: Dice): AlterRegistration {
  if (dice.chance(0.2)) return { coseKey: tamper(dice) };
  if (dice.chance(0.2)) return { coseKey: dice.pick(RAW) };
  const change = dice.pick(CHANGES);
  const changed = (bytes: Bytes): Bytes => encodeCbor(change(decodeCredentialPublicKey(bytes) as unknown as Key));
  return { coseKey: (bytes) => readable(bytes, changed) };
}
