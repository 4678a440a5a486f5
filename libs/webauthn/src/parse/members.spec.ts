import { describe, expect, test } from '@jest/globals';
import { encodeCbor, type CborValue } from '@countersign/testing';
import { LIMITS } from '../limits.js';
import { Malformed } from '../malformed.js';
import { parseAttestationObject } from './attestation-object.js';
import { parseAuthenticatorData } from './authenticator-data.js';
import { scanCbor } from './cbor-scan.js';
import { parseClientData } from './client-data.js';
import { parseCoseKey } from './cose-key.js';
import { parseEnvelope, parseTransports } from './envelope.js';

const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url');
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** What was refused and why. Anything else thrown fails the test. */
function refusal(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { code: error.code, clause: error.clause, ...error.facts };
  }
}

describe('§6.5.4 · attestation object', () => {
  const members: [string, CborValue][] = [
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', new Uint8Array(37)],
  ];
  const read = (bytes: Uint8Array) => refusal(() => parseAttestationObject(base64url(bytes)));
  const of = (...entries: [string, CborValue][]) => read(encodeCbor(new Map(entries)));
  const because = (reason: string) => ({
    code: 'attestation_malformed',
    clause: 'WebAuthn L3 §6.5.4',
    reason,
  });

  test('is a map of three and nothing else', () => {
    expect(of(...members)).toMatchObject({ fmt: 'none' });
    expect(of(...members, ['epAtt', true])).toEqual(because('not a map of three'));
    expect(of(...members.slice(1))).toEqual(because('not a map of three'));
    for (const value of [[1, 2, 3], 'abc', 3]) expect(read(encodeCbor(value))).toEqual(because('not a map of three'));
  });

  test.each<[string, CborValue]>([
    ['fmt', 7],
    ['attStmt', []],
    ['attStmt', 'none'],
    ['authData', 'text'],
  ])('whose %s is %j is refused', (name, value) => {
    const spoilt = members.map(([member, good]): [string, CborValue] => [member, member === name ? value : good]);
    expect(of(...spoilt)).toEqual(because('fmt, attStmt or authData missing'));
  });

  test('§8.9 · of compound has a list', () => {
    const compound = (statement: CborValue) =>
      of(['fmt', 'compound'], ['attStmt', statement], ['authData', new Uint8Array(37)]);
    expect(compound([])).toMatchObject({ fmt: 'compound', attStmt: [] });
    expect(compound(new Map())).toEqual(because('fmt, attStmt or authData missing'));
  });

  test('may be written with longer lengths than needed, and is used up', () => {
    const bytes = encodeCbor(new Map(members));
    expect(read(joined(bytes.subarray(0, -39), hex('59 0025'), new Uint8Array(37)))).toMatchObject({ fmt: 'none' });
    expect(read(joined(bytes, hex('00')))).toEqual(because('bytes left over'));
    expect(read(bytes.subarray(0, -1))).toEqual(because('length beyond the input'));
  });
});

describe('§6.1 · authenticator data', () => {
  const head = (flags: number) => joined(new Uint8Array(32), Uint8Array.of(flags, 0, 0, 0, 9));
  const credential = joined(new Uint8Array(16), hex('0001 aa'));
  const key = encodeCbor(new Map([[1, 2]]));
  const read = (...parts: Uint8Array[]) => refusal(() => parseAuthenticatorData(joined(...parts)));
  const because = (reason: string) => ({
    code: 'authenticator_data_malformed',
    clause: 'WebAuthn L3 §6.1',
    reason,
  });

  test('ends where it says', () => {
    expect(read(head(0x1d))).toMatchObject({ counter: 9, userPresent: true, userVerified: true, backupState: true });
    expect(read(head(1).subarray(0, 36))).toEqual(because('ends early'));
    expect(read(new Uint8Array())).toEqual(because('ends early'));
    expect(read(head(1), hex('00'))).toEqual(because('bytes left over'));
    expect(read(head(0x41), credential)).toEqual(because('ends early'));
    expect(read(head(0x41), credential.subarray(0, 10))).toEqual(because('ends early'));
    expect(read(head(0x41), credential, key)).toMatchObject({ attested: { publicKey: key } });
  });

  test('its key and its extensions are maps, in the shortest form', () => {
    expect(read(head(0x41), credential, hex('80'))).toEqual(because('not a map'));
    expect(read(head(0x41), credential, hex('b8 01 01 02'))).toEqual(because('not in shortest form'));
    expect(read(head(0x81), hex('a0'))).toMatchObject({ counter: 9 });
    expect(read(head(0x81), hex('01'))).toEqual(because('not a map'));
    expect(read(head(0x81))).toEqual(because('ends early'));
  });
});

describe('§5.8.1 · client data', () => {
  const DATA = { type: 't', challenge: 'c', origin: 'o' };
  const read = (text: string) => refusal(() => parseClientData(base64url(text)));
  const because = (field: string) => ({ code: 'client_data_malformed', clause: 'WebAuthn L3 §5.8.1', field });

  test('that says nothing of frames is not framed', () => {
    expect(read(JSON.stringify(DATA))).toMatchObject({ ...DATA, crossOrigin: false });
    expect(read(JSON.stringify(DATA))).not.toHaveProperty('topOrigin');
  });

  test.each(['7', '"x"', 'null', 'true', '[]', '', '{'])('that is %s is no object', (text) => {
    expect(read(text)).toEqual(because('clientDataJSON'));
  });

  test.each<[string, unknown]>([
    ['type', 7],
    ['challenge', null],
    ['origin', undefined],
    ['crossOrigin', 'true'],
    ['topOrigin', 1],
  ])('whose %s is %j is refused by its name', (name, value) => {
    expect(read(JSON.stringify({ ...DATA, [name]: value }))).toEqual(because(name));
  });

  test('that is not UTF-8 is refused', () => {
    const odd = Buffer.concat([Buffer.from(JSON.stringify(DATA).slice(0, -2)), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(refusal(() => parseClientData(base64url(odd)))).toEqual(because('clientDataJSON'));
  });
});

describe('§6.5.1.1 · COSE key', () => {
  const read = (bytes: Uint8Array) => refusal(() => parseCoseKey(bytes));
  const because = (reason: string) => ({ code: 'public_key_malformed', clause: 'WebAuthn L3 §6.5.1.1', reason });
  const of = (...entries: [number, CborValue][]) => read(encodeCbor(new Map(entries)));

  test('has a type and an algorithm, both numbers', () => {
    expect(of([1, 2], [3, -7])).toMatchObject({ kty: 2, algorithm: -7 });
    for (const key of [of([1, '2'], [3, -7]), of([1, 2], [3, 'ES256']), of([3, -7]), of([1, 2])])
      expect(key).toEqual(because('kty or alg missing'));
  });

  test('is one map in the shortest form, used up', () => {
    const key = encodeCbor(new Map([[1, 2]]));
    expect(read(encodeCbor([1, 2]))).toEqual(because('not a map'));
    expect(read(joined(key, hex('00')))).toEqual(because('bytes left over'));
    expect(read(joined(hex('b8 01'), key.subarray(1)))).toEqual(because('not in shortest form'));
  });
});

describe('§5.1 · credential', () => {
  const GOOD = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response: {} };
  const read = (changes: object) => refusal(() => parseEnvelope({ ...GOOD, ...changes }));
  const because = (field: string) => ({ code: 'credential_malformed', clause: 'WebAuthn L3 §5.1', field });

  test.each<[string, object]>([
    ['type', { type: 'password' }],
    ['type', { type: undefined }],
    ['id', { id: 7, rawId: 7 }],
    ['id', { id: 'A', rawId: 'A' }],
    ['rawId', { id: '', rawId: '' }],
    ['rawId', { rawId: 'AAAB' }],
    ['response', { response: [] }],
    ['response', { response: null }],
    ['response', { response: 'x' }],
  ])('is refused by %s for %j', (field, changes) => {
    expect(read({})).toEqual({ id: 'AAAA', response: {} });
    expect(read(changes)).toEqual(because(field));
  });

  test('transports: at most 16 of at most 32 characters, and none where none are named', () => {
    const transports = (value: unknown) => refusal(() => parseTransports(value));
    expect(transports(undefined)).toEqual([]);
    const longest = 'x'.repeat(LIMITS.transportLength);
    expect(transports([longest])).toEqual([longest]);
    const most = Array.from({ length: LIMITS.transports }, (_, index) => `t${index}`);
    expect(transports(most)).toEqual(most);
    for (const bad of [
      [...most, 'x'],
      ['usb', 7],
      ['usb', `${longest}x`],
    ])
      expect(transports(bad)).toEqual(because('transports'));
  });
});

describe('RFC 8949 · CBOR', () => {
  const scan = (text: string) => () => scanCbor(hex(text), 0, { shortest: true });

  test.each(['e0', 'f3'])('a simple value that is unassigned is not allowed: %s', (text) => {
    expect(scan(text)).toThrow('type not allowed');
  });

  test.each(['1c', '1f', '5f', 'bf'])('no length is reserved or indefinite: %s', (text) => {
    expect(scan(`${text} 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`)).toThrow('indefinite or reserved length');
  });

  test('maps in maps are nested as lists are', () => {
    const nested = (depth: number) => `${'a1 00 '.repeat(depth - 1)}00`;
    expect(scan(nested(LIMITS.cborDepth))().depth).toBe(LIMITS.cborDepth);
    expect(scan(nested(LIMITS.cborDepth + 1))).toThrow('nested too deeply');
  });

  test('a count is held against what follows its head', () => {
    expect(scan('83 00 00')).toThrow('length beyond the input');
    expect(scan('82 00 00')()).toMatchObject({ items: 3 });
  });
});
