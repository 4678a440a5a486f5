import { expect, test } from '@jest/globals';
import { OIDS, type PresentedCertificate } from './certificate.js';
import { brokenLeafRule } from './packed-leaf.js';

const SUBJECT: [string, string[]][] = [
  [OIDS.country, ['DE']],
  [OIDS.organisation, ['A maker']],
  [OIDS.unit, ['Authenticator Attestation']],
  [OIDS.commonName, ['A batch']],
];
const leaf = (changes: object = {}): PresentedCertificate =>
  ({
    version: 3,
    subject: new Map(SUBJECT),
    constraints: { cA: false },
    extensions: new Map(),
    ...changes,
  }) as unknown as PresentedCertificate;
const rule = (changes: object = {}) => brokenLeafRule(leaf(changes), new Uint8Array(16));

test('BCB-1.packed · §8.2.1 · a leaf that says all four parts once breaks no rule', () => {
  expect(rule()).toBeUndefined();
});

test.each([
  ['C', OIDS.country],
  ['O', OIDS.organisation],
  ['OU', OIDS.unit],
  ['CN', OIDS.commonName],
])('BCB-1.packed · §8.2.1 · %s is there once: not twice, not never, not empty', (name, part) => {
  const own = SUBJECT.find(([id]) => id === part)?.[1] ?? [];
  for (const values of [[...own, ...own], [...own, 'other'], [], ['']])
    expect(rule({ subject: new Map([...SUBJECT, [part, values]]) })).toBe(`subject ${name}`);
  expect(rule({ subject: new Map(SUBJECT.filter(([id]) => id !== part)) })).toBe(`subject ${name}`);
});

test('BCB-1.packed · §8.2.1 · a leaf says that it is no authority', () => {
  for (const constraints of [undefined, { cA: true }, {}]) expect(rule({ constraints })).toBe('basic constraints');
});
