import { encodeCbor, type AlterRegistration, type CborValue } from '@countersign/testing';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import type { Dice } from './dice.js';
import { respellSignature } from './signatures.js';
import { readable, tamper, type Bytes, type Tamper } from './tamper.js';

type Statement = Map<string, CborValue>;

/** Certificates that a chain may be spoilt with, DER. */
export interface Certificates {
  root: Uint8Array;
  stranger: Uint8Array;
}

const listOf = (statement: Statement): CborValue[] => {
  const list = statement.get('x5c');
  return Array.isArray(list) ? list : [];
};

function chainOf(dice: Dice, { root, stranger }: Certificates): (chain: CborValue[]) => CborValue {
  const change = tamper(dice);
  return dice.pick<(chain: CborValue[]) => CborValue>([
    () => [],
    (chain) => [...chain, root],
    (chain) => [...chain, stranger],
    (chain) => [stranger, ...chain],
    (chain) => [...chain].reverse(),
    (chain) => [...chain, ...chain],
    (chain) => [...chain, 7],
    (chain) => chain.slice(1),
    (chain) => [root, ...chain.slice(1)],
    ([leaf]) => leaf ?? null,
    () => null,
    (chain) => chain.map((der, index) => (index === 0 && der instanceof Uint8Array ? change(der as Bytes) : der)),
    (chain) => chain.map((der, index) => (index === 0 && der instanceof Uint8Array ? change(der as Bytes) : der)),
    (chain) => new Array<CborValue>(9).fill(chain[0] ?? 0),
  ]);
}

/** One member of the statement. */
function memberOf(dice: Dice, certificates: Certificates): (statement: Statement) => Statement {
  const name = dice.pick(['alg', 'sig', 'x5c', 'x5c', 'x5c', 'ver', 'pubArea', 'certInfo', 'extra']);
  const [change, chain, signature] = [tamper(dice), chainOf(dice, certificates), respellSignature(dice)];
  const alg = dice.pick<CborValue>([-7, -8, -35, -257, -65535, 0, 'ES256', -37, null]);
  const ver = dice.pick<CborValue>(['1.2', '2', 2, '']);
  const extra = dice.pick(['ecdaaKeyId', 'ver', 'more', 'response']);
  const bytes = (value: CborValue | undefined, by: Tamper): CborValue =>
    value instanceof Uint8Array ? by(value as Bytes) : (value ?? null);
  return (statement) => {
    const set = (key: string, value: CborValue): Statement => new Map([...statement, [key, value]]);
    if (name === 'extra') return set(extra, 'x');
    if (!statement.has(name)) return statement;
    if (name === 'alg') return set(name, alg);
    if (name === 'ver') return set(name, ver);
    if (name === 'x5c') return set(name, chain(listOf(statement)));
    return set(name, bytes(statement.get(name), name === 'sig' ? signature : change));
  };
}

const without = (dice: Dice): ((statement: Statement) => Statement) => {
  const name = dice.pick(['alg', 'sig', 'x5c', 'ver', 'pubArea', 'certInfo']);
  return (statement) => new Map([...statement].filter(([key]) => key !== name));
};

/** One change to the statement of one format. */
export function alterStatement(dice: Dice, certificates: Certificates): AlterRegistration {
  if (dice.chance(0.2)) return { signature: respellSignature(dice) };
  const change = dice.chance(0.15) ? without(dice) : memberOf(dice, certificates);
  const [swap, drop] = [dice.chance(0.3), dice.chance(0.2)];
  return {
    attestationStatement: change,
    statements: (list) => (drop ? list.slice(1) : swap ? [...list].reverse() : [...list, ...list.slice(0, 1)]),
  };
}

type Members = Map<string, CborValue>;
const OBJECTS: ((members: Members) => CborValue)[] = [
  (members) => new Map([...members].reverse()),
  (members) => new Map([...members, ['more', 1]]),
  (members) => new Map([...members, [1, 'more']] as [string, CborValue][]),
  (members) => new Map([...members].filter(([name]) => name !== 'fmt')),
  (members) => new Map([...members].filter(([name]) => name !== 'attStmt')),
  (members) => new Map([...members].filter(([name]) => name !== 'authData')),
  (members) => new Map([...members, ['attStmt', new Map<string, CborValue>([['alg', -7]])]]),
  (members) => new Map([...members, ['attStmt', []]] as [string, CborValue][]),
  (members) => new Map([...members, ['attStmt', new Map()]] as [string, CborValue][]),
  (members) => new Map([...members, ['authData', 'text']]),
  (members) => [...members.values()],
  ...[
    'none',
    'None',
    'packed',
    'fido-u2f',
    'apple',
    'tpm',
    'android-key',
    'android-safetynet',
    'compound',
    '',
    'packed ',
  ].map((fmt) => (members: Members) => new Map([...members, ['fmt', fmt]] as [string, CborValue][])),
];

/** The object written otherwise: wide lengths, unknown lengths, a tag, bytes after the end. */
const RAW: Tamper[] = [
  (bytes) => new Uint8Array([0xb8, 3, ...bytes.subarray(1)]),
  (bytes) => new Uint8Array([0xb9, 0, 3, ...bytes.subarray(1)]),
  (bytes) => new Uint8Array([0xbf, ...bytes.subarray(1), 0xff]),
  (bytes) => new Uint8Array([0xd9, 0xd9, 0xf7, ...bytes]),
  (bytes) => new Uint8Array([...bytes, 0]),
  (bytes) => new Uint8Array([0xa4, ...bytes.subarray(1), 0x63, 0x66, 0x6d, 0x74, 0x64, ...Buffer.from('none')]),
];

/** One change to the attestation object, after everything in it has been signed. */
export function alterObject(dice: Dice): AlterRegistration {
  const choice = dice.next();
  if (choice < 0.3) return { attestationObject: tamper(dice) };
  if (choice < 0.5) return { attestationObject: dice.pick(RAW) };
  const change = dice.pick(OBJECTS);
  const changed = (bytes: Bytes): Bytes => encodeCbor(change(decodeAttestationObject(bytes) as unknown as Members));
  return { attestationObject: (bytes) => readable(bytes, changed) };
}
