import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { canonicalBytes, canonicalJson } from '@countersign/kernel';
import fc from 'fast-check';
import { MAX_LEAF_BYTES, NotALeaf, events, makeLeaf, readLeaf } from '../src/index.js';

const file = new URL('./golden-leaves.json', import.meta.url);
const goldens = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { leaf: string }>;
const leaves = Object.values(goldens).map(({ leaf }) => Buffer.from(leaf, 'utf8'));
const anyLeaf = fc.constantFrom(...leaves);

/** The event, or undefined for what was refused as no leaf. Any other failure is a crash and fails the test. */
function read(bytes: Uint8Array): events.Event | undefined {
  try {
    return readLeaf(bytes);
  } catch (error) {
    if (error instanceof NotALeaf) return undefined;
    throw error;
  }
}

const encode = (event: events.Event): Buffer => Buffer.from(canonicalBytes(events.Event.toJSON(event)));

/** Whatever was accepted has one form only: these bytes. */
function expectOneForm(bytes: Uint8Array): void {
  const event = read(bytes);
  if (event) expect(encode(event)).toEqual(Buffer.from(bytes));
}

describe('BCB-8.append · reading leaves', () => {
  test('random bytes are refused, never a crash', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => expect(read(bytes)).toBeUndefined()));
  });

  test('random JSON is refused, never a crash', () => {
    fc.assert(
      fc.property(fc.json(), (text) => expect(read(Buffer.from(text, 'utf8'))).toBeUndefined()),
      { numRuns: 500 },
    );
  });

  test('members of any JSON type are refused or have one form', () => {
    const names = Object.keys(events.Event.fromPartial({}));
    const member = fc.tuple(fc.constantFrom(...names, 'unknown', '__proto__', 'toString'), fc.jsonValue());
    const members = fc.array(member, { maxLength: 6 });
    fc.assert(
      fc.property(members, (list) => {
        const text = `{${[...list, ['v', 1]].map(([name, value]) => `${JSON.stringify(name)}:${canonicalJson(value)}`).join(',')}}`;
        expectOneForm(Buffer.from(text, 'utf8'));
      }),
      { numRuns: 2_000 },
    );
  });

  test('one changed byte is refused, or says something else in its one form', () => {
    fc.assert(
      fc.property(anyLeaf, fc.nat(), fc.integer({ min: 1, max: 255 }), (leaf, at, flip) => {
        const changed = Buffer.from(leaf);
        changed[at % leaf.length]! ^= flip;
        expectOneForm(changed);
        const event = read(changed);
        if (event) expect(event).not.toEqual(readLeaf(leaf));
      }),
      { numRuns: 3_000 },
    );
  });

  test('a byte more or less is refused, or says something else in its one form', () => {
    fc.assert(
      fc.property(anyLeaf, fc.nat(), fc.nat({ max: 255 }), (leaf, at, byte) => {
        const place = at % (leaf.length + 1);
        const longer = Buffer.concat([leaf.subarray(0, place), Buffer.of(byte), leaf.subarray(place)]);
        const shorter = Buffer.concat([leaf.subarray(0, at % leaf.length), leaf.subarray((at % leaf.length) + 1)]);
        for (const bytes of [longer, shorter]) expectOneForm(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the same event written in any other way is refused', () => {
    const leaf = leaves[0]!.toString('utf8');
    const rest = leaf.slice(1);
    const others = [
      ` ${leaf}`,
      `${leaf}\n`,
      `\uFEFF${leaf}`,
      leaf.replace(',', ', '),
      leaf.replace('"v":1', '"v":1.0'),
      leaf.replace('"v":1', '"v":"1"'),
      leaf.replace('"challenge"', '"\\u0063hallenge"'),
      `{"acr":"",${rest}`,
      `{"amr":[],${rest}`,
      `{"acr":null,${rest}`,
      `{"aaa":1,${rest}`,
      leaf.replace('"v":1}', '"v":1,"v":1}'),
      leaf.replace('"code"', '"Code"'),
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(leaf) as object).reverse())),
    ];
    expect(others.filter((other) => other === leaf)).toEqual([]);
    expect(others.filter((other) => read(Buffer.from(other, 'utf8')))).toEqual([]);
  });

  test('another version is refused', () => {
    const changed = { ...(JSON.parse(leaves[0]!.toString('utf8')) as object), v: 2 };
    expect(() => readLeaf(canonicalBytes(changed))).toThrow(NotALeaf);
  });

  test('a number outside of uint32 is refused', () => {
    const leaf = JSON.parse(leaves[0]!.toString('utf8')) as object;
    for (const policy of [-1, 4294967296, 1e300]) expect(read(canonicalBytes({ ...leaf, policy }))).toBeUndefined();
  });

  test('what is too long is refused when it is written and when it is read', () => {
    const fields = { source: 'gateway', type: 'call.refused', tenant: 't', outcome: 'refused', request: 'r' } as const;
    const facts = { long: 'x'.repeat(MAX_LEAF_BYTES) };
    expect(() => makeLeaf({ ...fields, facts })).toThrow(RangeError);
    const grown = events.Event.fromPartial({ ...fields, facts, v: 1 });
    expect(() => readLeaf(encode(grown))).toThrow(NotALeaf);
    expect(() => readLeaf(encode({ ...grown, facts: {} }))).not.toThrow();
  });

  test('a source writes its own types only', () => {
    const fields = { tenant: 't', outcome: 'success', request: 'r' } as const;
    expect(() => makeLeaf({ ...fields, source: 'gateway', type: 'session.established' })).toThrow(TypeError);
  });
});
