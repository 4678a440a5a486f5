import { describe, expect, test } from '@jest/globals';
import type { AttestationKind } from '@countersign/testing';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { KEY_DESCRIPTION } from '../src/attestation/android-key-chain.js';
import { parseKeyDescription } from '../src/attestation/android-key-description.js';
import { readCertificate } from '../src/attestation/certificate.js';
import { readElements } from '../src/attestation/der-reader.js';
import { parseCertInfo } from '../src/attestation/tpm-attest.js';
import { parsePubArea } from '../src/attestation/tpm-public.js';
import { publicKeyOf } from '../src/crypto/public-key.js';
import { LIMITS } from '../src/limits.js';
import { Malformed } from '../src/malformed.js';
import { parseAttestationObject } from '../src/parse/attestation-object.js';
import { parseAuthenticatorData } from '../src/parse/authenticator-data.js';
import { CborRefused, scanCbor } from '../src/parse/cbor-scan.js';
import { parseClientData } from '../src/parse/client-data.js';
import { parseCoseKey } from '../src/parse/cose-key.js';
import { parseStrictJson } from '../src/parse/strict-json.js';
import { Dice } from './differential/dice.js';
import { tamper, type Bytes } from './differential/tamper.js';
import { registration } from './fixtures.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 200);
/** The sample always makes the same choices, a long run its own. */
const SEED = Number(process.env['SEED'] ?? (process.env['ROUNDS'] ? Date.now() % 1_000_000_007 : 1));

const KINDS: AttestationKind[] = [
  'none',
  'packed-self',
  'packed',
  'tpm',
  'android-key',
  'apple',
  'fido-u2f',
  'compound',
];
const bytesOf = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'base64url'));
const copy = (value: unknown): Bytes[] => (value instanceof Uint8Array ? [new Uint8Array(value)] : []);

/** What an authenticator of each kind writes, by the parser that reads it. */
function corpus(): Map<string, Bytes[]> {
  const seeds = new Map<string, Bytes[]>();
  const keep = (name: string, found: Bytes[]): void => void seeds.set(name, [...(seeds.get(name) ?? []), ...found]);
  for (const attestation of KINDS) {
    const { response } = registration({ attestation }).response;
    const object = bytesOf(response.attestationObject);
    keep('object', [object]);
    keep('client data', [bytesOf(response.clientDataJSON)]);
    const { raw, attested } = parseAuthenticatorData(bytesOf(response.authenticatorData ?? ''));
    keep('authenticator data', copy(raw));
    keep('key', copy(attested?.publicKey));
    const statement = (decodeAttestationObject(object) as unknown as Map<string, unknown>).get('attStmt');
    if (!(statement instanceof Map)) continue;
    const members = statement as Map<string, unknown>;
    keep('pubArea', copy(members.get('pubArea')));
    keep('certInfo', copy(members.get('certInfo')));
    for (const der of (members.get('x5c') as Bytes[] | undefined) ?? []) {
      keep('certificate', copy(der));
      const description = readCertificate(der, KNOWN).extensions.get(KEY_DESCRIPTION);
      if (description) keep('description', [new Uint8Array(description.extnValue.buffer)]);
    }
  }
  return seeds;
}

/** Critical extensions of the formats that make the seeds. */
const KNOWN = ['2.5.29.17', '1.2.840.113635.100.8.2', KEY_DESCRIPTION];

/** A seed spoilt one to four times, now and then with the head or the tail of another. */
function spoilt(dice: Dice, seeds: readonly Bytes[]): Bytes {
  let bytes = dice.pick(seeds);
  if (dice.chance(0.1)) {
    const cut = dice.below(bytes.length + 1);
    bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, cut), dice.pick(seeds).subarray(cut)]));
  }
  for (let changes = 1 + dice.below(4); changes > 0; changes -= 1) bytes = tamper(dice)(bytes);
  return bytes;
}

const base64url = (bytes: Bytes): string => Buffer.from(bytes).toString('base64url');

type Target = [name: string, seeds: string, read: (bytes: Bytes) => unknown];
const TARGETS: Target[] = [
  ['§6.5.4 attestation object', 'object', (bytes) => parseAttestationObject(base64url(bytes))],
  ['§5.8.1 client data', 'client data', (bytes) => parseClientData(base64url(bytes))],
  ['§6.1 authenticator data', 'authenticator data', parseAuthenticatorData],
  ['§6.5.1.1 COSE key', 'key', (bytes) => publicKeyOf(parseCoseKey(bytes))],
  ['RFC 5280 certificate', 'certificate', (bytes) => readCertificate(bytes, KNOWN)],
  ['§8.4.1 key description', 'description', parseKeyDescription],
  ['§8.3 public area', 'pubArea', parsePubArea],
  ['§8.3 certInfo', 'certInfo', parseCertInfo],
];

/** What came out of a parser that it must not throw, with the input that did it. */
function escaped(read: (bytes: Bytes) => unknown, bytes: Bytes, allowed: (error: unknown) => boolean): string[] {
  try {
    read(bytes);
    return [];
  } catch (error) {
    return allowed(error) ? [] : [`seed ${SEED}: ${String(error)} on ${Buffer.from(bytes).toString('hex')}`];
  }
}

describe('parsers under spoilt input', () => {
  const seeds = corpus();

  test.each(TARGETS)('%s · nothing but a refusal comes out', (_name, which, read) => {
    const dice = new Dice(SEED);
    const list = seeds.get(which) ?? [];
    expect(list.length).toBeGreaterThan(0);
    for (const seed of list) expect(() => read(seed)).not.toThrow();
    const wrong: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      wrong.push(...escaped(read, spoilt(dice, list), (error) => error instanceof Malformed));
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('RFC 8949 CBOR · no input is read beyond its end, its limits, or twice', () => {
    const dice = new Dice(SEED + 1);
    const list = [...seeds.values()].flat();
    for (let round = 0; round < ROUNDS * 4; round += 1) {
      const bytes = spoilt(dice, list);
      try {
        const { end, items, depth } = scanCbor(bytes, 0, { shortest: dice.chance(0.5) });
        expect(end).toBeLessThanOrEqual(bytes.length);
        // Each item has a head of its own, so a walk that went back would count more items than octets.
        expect(items).toBeLessThanOrEqual(Math.min(bytes.length, LIMITS.cborItems));
        expect(depth).toBeLessThanOrEqual(Math.min(items, LIMITS.cborDepth));
      } catch (error) {
        expect(error).toBeInstanceOf(CborRefused);
      }
    }
  });

  test('X.690 DER · every element has octets of its own', () => {
    const dice = new Dice(SEED + 2);
    const list = ['certificate', 'description'].flatMap((name) => seeds.get(name) ?? []);
    for (let round = 0; round < ROUNDS * 2; round += 1) {
      const bytes = spoilt(dice, list);
      try {
        const contents = readElements(bytes).map(({ content }) => content.length + 2);
        expect(contents.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }
  });

  test('RFC 8259 strict JSON · accepts no more than JSON.parse, and throws nothing else', () => {
    const dice = new Dice(SEED + 3);
    const list = (seeds.get('client data') ?? []).concat(
      ['{"a":{"b":[1,2,{"c":null}]},"\\u0061":2}', '[[[[[]]]]]', '{"a":"\\"","b":"\\\\"}'].map(
        (text) => new Uint8Array(Buffer.from(text)),
      ),
    );
    for (let round = 0; round < ROUNDS * 4; round += 1) {
      const text = Buffer.from(spoilt(dice, list)).toString('utf8');
      try {
        expect(parseStrictJson(text, 8)).toEqual(JSON.parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }
  });
});
