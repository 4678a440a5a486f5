import { expect, test } from '@jest/globals';
import { der, TestAttestationCa, type LeafProfile } from '@countersign/testing';
import { readCertificate } from './certificate.js';
import { anchorOf, namesOfAnchors, type Validity } from './path.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const PAST = new Date('2025-01-01T00:00:00Z');
const root = new TestAttestationCa();
const other = new TestAttestationCa('Another');

const leadsTo = (ders: readonly Uint8Array[], anchors: readonly Uint8Array[], validity?: Validity) =>
  anchorOf(
    ders.map((der) => readCertificate(der)),
    anchors,
    NOW,
    validity,
  );
const leaf = (profile: LeafProfile = {}) => root.issue(profile).certificate;

test.each<[string, LeafProfile]>([
  ['of version 3', {}],
  ['of version 1, without extensions', { version: 1 }],
  ['that says nothing of authority', { constraints: false, keyUsage: 0x80 }],
])('BCB-1.packed · a leaf %s is its own anchor, byte for byte', (_, profile) => {
  const own = leaf(profile);
  expect(namesOfAnchors([own])).toHaveLength(1);
  expect(leadsTo([own], [own])).toBe(namesOfAnchors([own])[0]);
  expect(leadsTo([leaf(profile)], [own])).toBeUndefined();
});

test('BCB-1.packed · a leaf that is its own anchor is held to its dates as any other', () => {
  const own = leaf({ notAfter: PAST });
  expect(leadsTo([own], [own])).toBeUndefined();
  expect(leadsTo([own], [own], 'ignore-leaf')).toBeDefined();
});

test('BCB-1.packed · a leaf of an anchored authority is no anchor above itself, and nothing leads nowhere', () => {
  const [below, above] = [new TestAttestationCa('Below', root), leaf()];
  expect(leadsTo([below.issue().certificate, below.certificate, root.certificate], [above])).toBeUndefined();
  expect(leadsTo([], [root.certificate])).toBeUndefined();
});

test('BCB-1.mds · anchors are told apart by name, key and path length; a renewed one is the same', () => {
  const names = (...anchors: Uint8Array[]) =>
    namesOfAnchors(anchors).filter((name, at, all) => all.indexOf(name) === at);
  const renewed = root.renewed({});
  expect(namesOfAnchors([root.certificate])).toContain(leadsTo([leaf()], [root.certificate]));
  expect(leadsTo([leaf()], [renewed])).toBe(leadsTo([leaf()], [root.certificate]));
  expect(leadsTo([other.issue().certificate], [other.certificate])).not.toBe(leadsTo([leaf()], [root.certificate]));
  // Two certificates and one authority; a leaf is a certificate only; a shorter path is another authority.
  expect(names(root.certificate, renewed)).toHaveLength(3);
  expect(names(leaf())).toHaveLength(1);
  expect(names(root.certificate, root.renewed({ pathLength: 0 }))).toHaveLength(4);
  expect(names(new Uint8Array(3))).toEqual([]);
});

test('RFC 5280 §6.1.3 · an anchor that was presented spares nothing below it its dates', () => {
  const under = (profile: LeafProfile) => {
    const issuer = new TestAttestationCa('Middle', root, profile);
    return [issuer.issue().certificate, issuer.certificate, root.certificate];
  };
  expect(leadsTo(under({}), [root.certificate])).toBe(namesOfAnchors([root.certificate])[1]);
  expect(leadsTo(under({ notAfter: PAST }), [root.certificate])).toBeUndefined();
});

test('BCB-1.packed · what is presented as an authority says that it is one', () => {
  const silent = new TestAttestationCa('Silent', root, { constraints: false });
  expect(leadsTo([silent.issue().certificate, silent.certificate], [root.certificate])).toBeUndefined();
});

test('BCB-1.packed · an anchor says that it is an authority in whatever place among its extensions', () => {
  const extensions = [
    { id: '2.5.29.14', value: der.octets(new Uint8Array(20)) },
    { id: '2.5.29.19', critical: true, value: der.sequence(der.bool(true)) },
  ];
  expect(leadsTo([leaf()], [root.renewed({ constraints: false, extensions })])).toBeDefined();
  expect(leadsTo([leaf()], [root.renewed({ constraints: false, extensions: extensions.slice(0, 1) })])).toBeUndefined();
});
